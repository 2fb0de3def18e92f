/**
 * Every update of every golden case, on every engine: parameters, moments, gradients, norms, info. Cases
 * and numbers come from the file; tolerances are those of its description.
 */
import { describe, expect, it } from 'vitest';
import type { TensorMap } from '../../src/core/tensor-map.ts';
import { tensorsOf } from '../../src/engine/network-spec.ts';
import type { Learner } from '../../src/learners/learner.ts';
import { ALL_ENGINES } from '../contract/engines.ts';
import { readGolden } from './golden-data.ts';
import { buildLearner, noiseOf, sampleOf, unpackAll, type LearnerCase } from './learner-case.ts';

/** A bound for the errors of a tensor's elements. */
type Bound = (tensor: Float32Array) => (x: number) => number;

/** Largest error of all elements as a fraction of its bound; up to 1 is a pass. */
function worst(got: TensorMap, want: TensorMap, bound: Bound): number {
  let worstRatio = 0;
  for (const [name, { data }] of want) {
    const boundOf = bound(data);
    data.forEach((x, k) => {
      const error = Math.abs(got.get(name)!.data[k]! - x);
      const ratio = error === 0 ? 0 : error / boundOf(x);
      worstRatio = Number.isNaN(ratio) ? Infinity : Math.max(worstRatio, ratio);
    });
  }
  return worstRatio;
}

const onlineBound: Bound = () => (x) => 5e-6 * (1 + Math.abs(x));
const targetBound: Bound = () => (x) => 1e-6 * (1 + Math.abs(x));
const relativeToLargest: Bound = (tensor) => {
  const largest = tensor.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  return () => 1e-5 * largest;
};
const scalarBound = (x: number): number => 5e-6 * Math.max(1, Math.abs(x));

function select(tensors: TensorMap, want: (name: string) => boolean): TensorMap {
  return new Map([...tensors].filter(([name]) => want(name)));
}

/** The gradients that the last update handed to Adam, as named tensors. */
function gradientsOf(learner: Learner): TensorMap {
  return new Map(
    [...learner.gradients()].flatMap(([network, block]) =>
      tensorsOf(learner.policy.networks.get(network)!, block),
    ),
  );
}

function checkInfo(got: Record<string, number>, want: Record<string, number>): void {
  expect(Object.keys(got).sort()).toEqual(Object.keys(want).sort());
  for (const [key, x] of Object.entries(want)) {
    const bound = key.includes('learning_rate') ? 1e-12 * Math.abs(x) : scalarBound(x);
    expect(Math.abs(got[key]! - x), key).toBeLessThanOrEqual(bound);
  }
}

/** L2 norm of what each optimizer was handed; twin critics share one optimizer. */
function norms(gradients: TensorMap): Record<string, number> {
  const squares: Record<string, number> = {};
  for (const [name, { data }] of gradients) {
    const [network, group] = name.split('/');
    const optimizer = `${network!.replace(/_(A|B|1|2)$/, '')}/${group!}`;
    squares[optimizer] = data.reduce((sum, x) => sum + x * x, squares[optimizer] ?? 0);
  }
  return Object.fromEntries(Object.entries(squares).map(([name, sum]) => [name, Math.sqrt(sum)]));
}

for (const { name: engineName, create } of ALL_ENGINES)
  describe(`golden learner updates on ${engineName}`, () => {
    for (const [name, golden] of Object.entries(readGolden<LearnerCase>('learner_golden.json.gz'))) {
      it(name, async () => {
        const engine = await create();
        const learner = buildLearner(golden, engine);
        const isTarget = (tensor: string): boolean => tensor.startsWith('target_');
        expect([...learner.policy.tensors().keys()].sort()).toEqual(Object.keys(golden.layout).sort());

        golden.updates.forEach((update, k) => {
          const sample = sampleOf(golden, k);
          checkInfo(learner.update(sample, noiseOf(golden, k)), update.info);
          const gradients = gradientsOf(learner);
          for (const [optimizer, norm] of Object.entries(update.grad_norm_applied))
            expect(Math.abs(norms(gradients)[optimizer]! - norm), optimizer).toBeLessThanOrEqual(
              scalarBound(norm),
            );
          if (update.grads)
            expect(worst(gradients, unpackAll(update.grads), relativeToLargest)).toBeLessThanOrEqual(1);
        });

        const final = unpackAll(golden.final);
        const tensors = learner.policy.tensors();
        expect(
          worst(
            tensors,
            select(final, (t) => !isTarget(t)),
            onlineBound,
          ),
        ).toBeLessThanOrEqual(1);
        expect(worst(tensors, select(final, isTarget), targetBound)).toBeLessThanOrEqual(1);
        for (const section of ['exp_avg', 'exp_avg_sq'] as const) {
          const want = Object.fromEntries(Object.entries(golden.adam).map(([t, m]) => [t, m[section]]));
          expect(
            worst(learner.policy.tensors(section), unpackAll(want), relativeToLargest),
          ).toBeLessThanOrEqual(1);
        }
        for (const [tensor, { step }] of Object.entries(golden.adam)) {
          const [network, group] = tensor.split('/');
          const optimizer = learner.optimizer.get(`${network!.replace(/_(A|B|1|2)$/, '')}/${group!}`)!;
          expect(optimizer.steps, tensor).toBe(step);
        }
        engine.dispose();
      });
    }
  });
