import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import type { Symmetry, SymmetryGroup } from '../../src/core/symmetry.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import { Augmentation } from '../../src/replay/augmentation.ts';
import { createBatch, type Batch } from '../../src/replay/batch.ts';

const spec = jointSpec(
  [0, 1, 2].map((i) => ({
    name: `agent_${i}`,
    team: 'agent',
    obsWidth: 2,
    actWidth: 1,
    actionKind: 'box' as const,
    actionLow: 0,
    actionHigh: 1,
  })),
);

/** Permutes agents and flips the sign of each one's second observation. */
const table = (agentFrom: number[], sign = 1): Symmetry => ({
  obsFrom: Int32Array.from(agentFrom.flatMap((i) => [2 * i, 2 * i + 1])),
  obsSign: Float32Array.from(agentFrom.flatMap(() => [1, sign])),
  actFrom: Int32Array.from(agentFrom),
  agentFrom: Int32Array.from(agentFrom),
});
const REST = [0, 1, 2];
const GROUP: SymmetryGroup = [
  [table(REST), table([1, 0, 2])],
  [table(REST), table([2, 1, 0]), table([0, 2, 1])],
  [table(REST), table(REST, -1)],
];

const arrays = ({ obs, actions, obsNext, rewards, terminals, agentMask }: Batch): number[][] =>
  [obs, actions, obsNext, rewards, terminals, agentMask].map((array) => [...array]);

function numbered(size: number): Batch {
  const batch = createBatch(spec, size);
  for (let b = 0; b < size; b++) {
    batch.obs.set([1, 2, 3, 4, 5, 6], 6 * b);
    batch.actions.set([7, 8, 9], 3 * b);
    batch.obsNext.set([11, 12, 13, 14, 15, 16], 6 * b);
    batch.rewards.set([21, 22, 23], 3 * b);
    batch.terminals.set([0, 0, 1], 3 * b);
    batch.agentMask.set([1, 0, 1], 3 * b);
  }
  return batch;
}

describe('augmentation', () => {
  it('applies the drawn symmetry to all arrays of a sample', () => {
    const batch = numbered(2);
    // In products of the three factors the last varies fastest: 11 is [1], [2], [1].
    const draws = [11, 0];
    new Augmentation(spec, GROUP).apply({ below: () => draws.shift()! }, 2, batch);
    // Swaps agents 0 and 1, then 1 and 2, then flips signs.
    expect(arrays(batch)).toEqual([
      [3, -4, 5, -6, 1, -2, 1, 2, 3, 4, 5, 6],
      [8, 9, 7, 7, 8, 9],
      [13, -14, 15, -16, 11, -12, 11, 12, 13, 14, 15, 16],
      [22, 23, 21, 21, 22, 23],
      [0, 1, 0, 0, 0, 1],
      [0, 1, 1, 1, 0, 1],
    ]);
  });

  it('applies one symmetry to all slots of an episode, and to burn-in steps', () => {
    // Two steps of two episodes, and the observations behind the last.
    const [size, steps] = [2, 2];
    const filled = (width: number, values: number[]): Float32Array =>
      Float32Array.from({ length: size * width }, (_, k) => values[k % values.length]!);
    const batch = {
      ...{ size, steps },
      obs: filled(6 * (steps + 1), [1, 2, 3, 4, 5, 6]),
      actions: filled(3 * steps, [7, 8, 9]),
      rewards: filled(3 * steps, [21, 22, 23]),
      terminals: filled(3 * steps, [0, 0, 1]),
      agentMask: filled(3 * steps, [1, 0, 1]),
      before: {
        states: {},
        burnIn: {
          steps: 1,
          obs: filled(6, [1, 2, 3, 4, 5, 6]),
          actions: filled(3, [7, 8, 9]),
          present: filled(1, [1]),
        },
      },
    };
    const draws = [0, 11];
    new Augmentation(spec, GROUP).apply({ below: () => draws.shift()! }, size, batch);
    const row = (slots: number, as: number[], then: number[]): number[] =>
      [as, then].flatMap((slot) => new Array<number[]>(slots).fill(slot).flat());
    expect(draws).toEqual([]);
    expect([...batch.obs]).toEqual(row(3, [1, 2, 3, 4, 5, 6], [3, -4, 5, -6, 1, -2]));
    expect([...batch.actions]).toEqual(row(2, [7, 8, 9], [8, 9, 7]));
    expect([...batch.rewards]).toEqual(row(2, [21, 22, 23], [22, 23, 21]));
    expect([...batch.terminals]).toEqual(row(2, [0, 0, 1], [0, 1, 0]));
    expect([...batch.agentMask]).toEqual(row(2, [1, 0, 1], [0, 1, 1]));
    const { obs, actions, present } = batch.before.burnIn;
    expect([...obs]).toEqual(row(1, [1, 2, 3, 4, 5, 6], [3, -4, 5, -6, 1, -2]));
    expect([...actions]).toEqual(row(1, [7, 8, 9], [8, 9, 7]));
    expect([...present]).toEqual([1, 1]);
  });

  it('draws symmetries uniformly', () => {
    const size = 24000;
    const batch = numbered(size);
    new Augmentation(spec, GROUP).apply(new FastStream(1, 'test'), size, batch);
    const counts = new Map<string, number>();
    for (let b = 0; b < size; b++) {
      const key = batch.obs.subarray(6 * b, 6 * b + 6).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(12);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
    // 11 degrees of freedom: 99.9 % of fair draws stay below 31.3, 99.9 % above 1.2.
    expect(chiSquare).toBeLessThan(31.3);
    expect(chiSquare).toBeGreaterThan(1.2);
  });

  it('leaves samples beyond count unchanged', () => {
    const batch = numbered(2);
    new Augmentation(spec, GROUP).apply({ below: () => 11 }, 1, batch);
    expect([...batch.rewards]).toEqual([22, 23, 21, 21, 22, 23]);
  });

  it('applies factors in sequence if they are too many to multiply out', () => {
    // 8 agents: 40320 permutations of agents, as many of landmarks, 8 maps of the plane.
    const env = makeVectorEnv('simple_spread_v3', { N: 8, continuous_actions: true }, 1);
    const group = env.symmetries!()!;
    const sizes: number[] = [];
    const batch = createBatch(env.spec, 1);
    batch.rewards.set([1, 2, 3, 4, 5, 6, 7, 8]);
    const stream = new FastStream(2, 'test');
    const recording = {
      below: (n: number): number => {
        sizes.push(n);
        return stream.below(n);
      },
    };
    new Augmentation(env.spec, group).apply(recording, 1, batch);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((product, n) => product * n)).toBe(40320 * 40320 * 8);
    expect([...batch.rewards].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...batch.rewards]).not.toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
