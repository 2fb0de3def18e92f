/** Compares a learner's updates with a golden case, with the tolerances in the data's description. */
import { expect } from 'vitest';
import type { TensorMap } from '../../src/core/tensor-map.ts';
import { tensorsOf } from '../../src/engine/network-spec.ts';
import type { UpdateInfo } from '../../src/learners/learner.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { unpackAll, type LearnerCase } from './learner-case.ts';

/** What is compared of a learner. */
interface Checked {
  readonly policy: Policy;
  gradients(): Map<string, Float32Array>;
}

/** Error bound for a tensor's elements. */
type Bound = (tensor: Float32Array) => (x: number) => number;

/** Largest error as a fraction of its bound; passes up to 1. */
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

/** Gradients of the last update, as named tensors. */
function gradientsOf(learner: Checked): TensorMap {
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

/** Gradient norm by optimizer; twin critics share one. */
function norms(gradients: TensorMap): Record<string, number> {
  const squares: Record<string, number> = {};
  for (const [name, { data }] of gradients) {
    const [network, group] = name.split('/');
    const optimizer = `${network!.replace(/_(A|B|1|2)$/, '')}/${group!}`;
    squares[optimizer] = data.reduce((sum, x) => sum + x * x, squares[optimizer] ?? 0);
  }
  return Object.fromEntries(Object.entries(squares).map(([name, sum]) => [name, Math.sqrt(sum)]));
}

/**
 * Runs all updates of a case with `update`; compares info, gradients and norms, and finally parameters, moments and
 * optimizer steps (`stepsOf` a name).
 */
export function checkUpdates(
  golden: LearnerCase,
  learner: Checked,
  update: (k: number) => UpdateInfo,
  stepsOf: (optimizer: string) => number,
): void {
  const isTarget = (tensor: string): boolean => tensor.startsWith('target_');
  expect([...learner.policy.tensors().keys()].sort()).toEqual(Object.keys(golden.layout).sort());

  golden.updates.forEach(({ info, grad_norm_applied, grads }, k) => {
    checkInfo(update(k), info);
    const gradients = gradientsOf(learner);
    for (const [optimizer, norm] of Object.entries(grad_norm_applied))
      expect(Math.abs(norms(gradients)[optimizer]! - norm), optimizer).toBeLessThanOrEqual(scalarBound(norm));
    if (grads) expect(worst(gradients, unpackAll(grads), relativeToLargest)).toBeLessThanOrEqual(1);
  });

  const final = unpackAll(golden.final);
  const tensors = learner.policy.tensors();
  const online = select(final, (t) => !isTarget(t));
  expect(worst(tensors, online, onlineBound)).toBeLessThanOrEqual(1);
  expect(worst(tensors, select(final, isTarget), targetBound)).toBeLessThanOrEqual(1);
  for (const section of ['exp_avg', 'exp_avg_sq'] as const) {
    const want = Object.fromEntries(Object.entries(golden.adam).map(([t, m]) => [t, m[section]]));
    const got = learner.policy.tensors(section);
    expect(worst(got, unpackAll(want), relativeToLargest)).toBeLessThanOrEqual(1);
  }
  for (const [tensor, { step }] of Object.entries(golden.adam)) {
    const [network, group] = tensor.split('/');
    expect(stepsOf(`${network!.replace(/_(A|B|1|2)$/, '')}/${group!}`), tensor).toBe(step);
  }
}
