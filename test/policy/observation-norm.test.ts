import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { FastStream } from '../../src/core/random.ts';
import { decodeSections, encodeSections } from '../../src/core/sections.ts';
import { UserError } from '../../src/core/user-error.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { MADDPG } from '../../src/learners/maddpg.ts';
import { parameterGroups, type ParameterSharing } from '../../src/policy/groups.ts';
import { ObservationNorm } from '../../src/policy/observation-norm.ts';
import { Policy } from '../../src/policy/policy.ts';

/** Joint observation: a team with one agent of two columns, then a team of two agents with one column each. */
const spec = jointSpec(
  [
    { name: 'adversary_0', team: 'adversary', obsWidth: 2, actWidth: 2 },
    { name: 'agent_0', team: 'agent', obsWidth: 1, actWidth: 2 },
    { name: 'agent_1', team: 'agent', obsWidth: 1, actWidth: 2 },
  ].map((agent) => ({ ...agent, actionKind: 'box' as const, actionLow: -1, actionHigh: 1 })),
);

function normOf(sharing: ParameterSharing = 'teams', range = 5): ObservationNorm {
  return new ObservationNorm(spec, parameterGroups(spec, sharing, 'one_hot'), range);
}

function normalised(norm: ObservationNorm, ...obs: number[]): number[] {
  const array = Float32Array.from(obs);
  norm.apply(array);
  return [...array];
}

const EVERYBODY = Uint8Array.of(1, 1, 1, 1, 1, 1);

describe('ObservationNorm', () => {
  it('standardises columns with moments shared within a group', () => {
    const norm = normOf();
    norm.takeIn(
      Float32Array.of(1, 10, /**/ 0, /**/ 4, /* second environment */ 3, 30, /**/ 8, /**/ 4),
      EVERYBODY,
    );
    // Means 2, 20 and 4; stds 1, 10 and sqrt(8), the last over four numbers.
    expect([...norm.tensors().get('observation/mean')!.data]).toEqual([2, 20, 4, 4]);
    expect([...norm.tensors().get('observation/std')!.data]).toEqual(
      [1, 10, Math.sqrt(8), Math.sqrt(8)].map(Math.fround),
    );
    const [first, second, third, fourth] = normalised(norm, 3.5, 5, 4 + Math.sqrt(8), 4);
    expect(first).toBeCloseTo(1.5, 6);
    expect(second).toBeCloseTo(-1.5, 6);
    expect(third).toBeCloseTo(1, 6);
    expect(fourth).toBe(0);
  });

  it('separates groups and skips inactive agents', () => {
    const norm = normOf(false);
    norm.takeIn(Float32Array.of(1, 10, 0, 4, 3, 30, 8, 999), Uint8Array.of(1, 1, 1, 1, 1, 0));
    expect([...norm.tensors().get('observation/mean')!.data]).toEqual([2, 20, 4, 4]);
    expect([...norm.tensors().get('observation/std')!.data]).toEqual([1, 10, 4, 1]);
  });

  it('clips to its range, is the identity before the first observation, and maps constant columns to 0', () => {
    const norm = normOf('teams', 2.5);
    expect(normalised(norm, 1, -2, 3, -4)).toEqual([1, -2, 2.5, -2.5]);
    for (const x of [1, 3]) norm.takeIn(Float32Array.of(x, 7, x, x), Uint8Array.of(1, 1, 1));
    expect(normalised(norm, 100, 7, -100, 2)).toEqual([2.5, 0, -2.5, 0]);
  });

  it('gives the same bits with accumulated, loaded and restored moments', () => {
    const stream = new FastStream(2, 'rows');
    const seen = Float32Array.from({ length: 40 * 4 }, () => 5 + 3 * stream.normal());
    const norm = normOf();
    norm.takeIn(seen, new Uint8Array(40 * 3).fill(1));
    const rows = Array.from({ length: 12 }, () => 5 + 9 * stream.normal());
    const loaded = normOf();
    loaded.load(norm.tensors());
    expect(normalised(loaded, ...rows)).toEqual(normalised(norm, ...rows));
    const restored = normOf();
    restored.restore(decodeSections(encodeSections(norm.arrays()), 'rollout.bin'));
    for (const each of [norm, restored])
      each.takeIn(
        seen.map((x) => x / 2),
        new Uint8Array(40 * 3).fill(1),
      );
    expect(restored.tensors()).toEqual(norm.tensors());
    expect(normalised(restored, ...rows)).toEqual(normalised(norm, ...rows));
  });
});

describe('a policy with normalised observations', async () => {
  const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
  const { config } = loadConfig({ flags: { actor_hidden_size: [5], critic_hidden_size: [5] } });
  const groups = parameterGroups(spec, 'teams', 'one_hot');
  const policyOf = (norm?: ObservationNorm): Policy => {
    const policy = new Policy(engine, MADDPG.design, spec, groups, config, norm);
    policy.initialize(new FastStream(1, 'weights'));
    return policy;
  };
  const norm = normOf();
  norm.takeIn(Float32Array.of(1, 10, 0, 4, 3, 30, 8, 4), EVERYBODY);
  const obs = Float32Array.of(0.5, 21, 7, -3);

  it('acts like a plain one on normalised observations, without modifying its input', () => {
    const plain = policyOf();
    const policy = policyOf(norm);
    const shown = Float32Array.from(normalised(norm, ...obs));
    for (const actor of ['online', 'target'] as const) {
      expect([...policy.act(obs, actor)]).toEqual([...plain.act(shown, actor)]);
      expect([...policy.act(obs, actor)]).not.toEqual([...plain.act(obs, actor)]);
    }
    expect([...obs]).toEqual([0.5, 21, 7, -3]);
  });

  it('saves and loads the moments with the weights, and reports missing ones by name', () => {
    const policy = policyOf(norm);
    const other = policyOf(normOf());
    other.load(policy.tensors());
    expect([...other.act(obs)]).toEqual([...policy.act(obs)]);
    expect([...policy.tensors().keys()].slice(-2)).toEqual(['observation/mean', 'observation/std']);
    expect([...policy.tensors('exp_avg').keys()]).toEqual([...policyOf().tensors('exp_avg').keys()]);
    expect(() => {
      other.load(policyOf().tensors());
    }).toThrow(new UserError('parameters: expected observation/mean of shape [4], got none'));
  });
});
