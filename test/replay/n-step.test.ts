import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { createBatch, type Batch } from '../../src/replay/batch.ts';
import { ReplayBuffer } from '../../src/replay/replay-buffer.ts';

const spec = jointSpec(
  [0, 1].map((i) => ({
    name: `agent_${i}`,
    team: 'agent',
    obsWidth: 1,
    actWidth: 1,
    actionKind: 'box' as const,
    actionLow: 0,
    actionHigh: 1,
  })),
);

/** One step of one environment: rewards and flags of the two agents. */
interface Step {
  readonly rewards: readonly number[];
  readonly terminals?: readonly number[];
  readonly mask?: readonly number[];
  readonly ended?: boolean;
}

interface Sampled {
  readonly obs: readonly number[];
  readonly actions: readonly number[];
  readonly obsNext: readonly number[];
  readonly rewards: readonly number[];
  readonly terminals: readonly number[];
  readonly agentMask: readonly number[];
  readonly discount: number;
}

const withDiscounts = (size: number): Batch & { readonly discounts: Float32Array } => ({
  ...createBatch(spec, size),
  discounts: new Float32Array(size),
});

/**
 * Stores step t of each environment: environment e at step t observes 1000 e + t, acts the same and then observes
 * 1000 e + t + 0.5.
 */
function store(buffer: ReplayBuffer, steps: readonly Step[], t: number): void {
  const seen = steps.flatMap((_, env) => [1000 * env + t, -1000 * env - t]);
  buffer.store(
    Float32Array.from(seen),
    Float32Array.from(seen),
    Float64Array.from(steps.flatMap(({ rewards }) => rewards)),
    Float32Array.from(seen, (x) => x + 0.5),
    Uint8Array.from(steps.flatMap(({ terminals }) => terminals ?? [0, 0])),
    Uint8Array.from(steps.flatMap(({ mask }) => mask ?? [1, 1])),
    Uint8Array.from(steps, ({ ended }) => (ended ? 1 : 0)),
  );
}

/** Samples of all stored rows, in row order. */
function allRows(buffer: ReplayBuffer): Sampled[] {
  const { size } = buffer;
  const batch = withDiscounts(size);
  let next = 0;
  buffer.sample({ below: () => next++ }, size, batch);
  const pair = (array: Float32Array, b: number): number[] => [...array.subarray(2 * b, 2 * b + 2)];
  return Array.from({ length: size }, (_, b) => ({
    obs: pair(batch.obs, b),
    actions: pair(batch.actions, b),
    obsNext: pair(batch.obsNext, b),
    rewards: pair(batch.rewards, b),
    terminals: pair(batch.terminals, b),
    agentMask: pair(batch.agentMask, b),
    discount: batch.discounts[b]!,
  }));
}

/** Rewards, discount and step of the next observation, for every row of one environment. */
function returnsOf(steps: readonly Step[], nSteps: number, capacity = 100): unknown[] {
  const buffer = new ReplayBuffer(spec, { capacity, parallels: 1, nStep: { steps: nSteps, gamma: 0.5 } });
  steps.forEach((step, t) => {
    store(buffer, [step], t);
  });
  return allRows(buffer).map(({ rewards, terminals, obsNext, discount }) => [
    rewards,
    terminals,
    obsNext[0]! - 0.5,
    discount,
  ]);
}

describe('n-step returns', () => {
  it('sum discounted rewards, end with the last next observation, and shorten at the write cursor', () => {
    const steps: Step[] = [1, 2, 4, 8, 16].map((r) => ({ rewards: [r, 10 * r] }));
    expect(returnsOf(steps, 3)).toEqual([
      [[1 + 2 / 2 + 4 / 4, 30], [0, 0], 2, 0.125],
      [[2 + 4 / 2 + 8 / 4, 60], [0, 0], 3, 0.125],
      [[4 + 8 / 2 + 16 / 4, 120], [0, 0], 4, 0.125],
      [[8 + 16 / 2, 160], [0, 0], 4, 0.25],
      [[16, 160], [0, 0], 4, 0.5],
    ]);
  });

  it('bootstrap at time limits, and never cross the end of an episode', () => {
    const steps: Step[] = [1, 2, 4, 8, 16].map((r, t) => ({ rewards: [r, r], ended: t === 2 }));
    expect(returnsOf(steps, 3)).toEqual([
      [[3, 3], [0, 0], 2, 0.125],
      [[4, 4], [0, 0], 2, 0.25],
      [[4, 4], [0, 0], 2, 0.5],
      [[16, 16], [0, 0], 4, 0.25],
      [[16, 16], [0, 0], 4, 0.5],
    ]);
  });

  it('end when an agent leaves, terminated or truncated', () => {
    const steps: Step[] = [
      { rewards: [1, 1] },
      { rewards: [2, 2], terminals: [1, 0] },
      { rewards: [0, 4], terminals: [1, 0], mask: [0, 1] },
      { rewards: [0, 8], terminals: [1, 1], mask: [0, 1], ended: true },
      { rewards: [1, 1] },
      { rewards: [2, 2] },
      // This agent was truncated a step earlier: its bootstrap value is of that next observation.
      { rewards: [0, 4], mask: [0, 1] },
      { rewards: [0, 8], mask: [0, 1] },
    ];
    expect(returnsOf(steps, 4)).toEqual([
      [[2, 2], [1, 0], 1, 0.25],
      [[2, 2], [1, 0], 1, 0.5],
      [[0, 8], [1, 1], 3, 0.25],
      [[0, 8], [1, 1], 3, 0.5],
      [[2, 2], [0, 0], 5, 0.25],
      [[2, 2], [0, 0], 5, 0.5],
      [[0, 8], [0, 0], 7, 0.25],
      [[0, 8], [0, 0], 7, 0.5],
    ]);
  });

  it('never wrap from the newest to the oldest transition', () => {
    const steps: Step[] = [1, 2, 4, 8, 16, 32].map((r) => ({ rewards: [r, r] }));
    // Steps 4 and 5 have overwritten steps 0 and 1.
    expect(returnsOf(steps, 3, 4)).toEqual([
      [[32, 32], [0, 0], 5, 0.25],
      [[32, 32], [0, 0], 5, 0.5],
      [[12, 12], [0, 0], 4, 0.125],
      [[24, 24], [0, 0], 5, 0.125],
    ]);
  });

  it('stop where running episodes were cut off', () => {
    const buffer = new ReplayBuffer(spec, { capacity: 6, parallels: 2, nStep: { steps: 3, gamma: 0.5 } });
    buffer.endEpisodes();
    for (let t = 0; t < 5; t++) {
      store(buffer, [{ rewards: [1, 1] }, { rewards: [1, 1] }], t);
      if (t === 3) buffer.endEpisodes();
    }
    // Rows 0 to 5 hold steps 3, 4, 2 of both environments.
    expect(allRows(buffer).map(({ discount }) => discount)).toEqual([0.5, 0.5, 0.5, 0.5, 0.25, 0.25]);
  });

  it('match the definition on random episodes', () => {
    const stream = new FastStream(7, 'episodes');
    const [parallels, gamma, total] = [3, 0.9, 41];
    const chance = (p: number): boolean => stream.double() < p;
    // Agents that left return with the next episode.
    const gone = Array.from({ length: parallels }, (): number[] => [0, 0]);
    const histories = Array.from({ length: total }, () =>
      gone.map((missing) => {
        const mask = missing.map((m) => 1 - m);
        const terminals = mask.map((m) => (m === 1 && chance(0.1) ? 1 : 0));
        const cut = mask.map((m, i) => m === 1 && terminals[i] === 0 && chance(0.05));
        terminals.forEach((terminal, i) => {
          if (terminal === 1 || cut[i]) missing[i] = 1;
        });
        const ended = chance(0.1) || !missing.includes(0);
        if (ended) missing.fill(0);
        const rewards = mask.map((m) => (m === 1 ? stream.normal() : 0));
        return { rewards, terminals, mask, ended };
      }),
    );
    for (const n of [1, 2, 3, 5, 40])
      for (const stored of [10, total]) {
        const capacity = parallels * 20;
        const buffer = new ReplayBuffer(spec, { capacity, parallels, nStep: { steps: n, gamma } });
        for (let t = 0; t < stored; t++) store(buffer, histories[t]!, t);
        const samples = allRows(buffer);
        for (const sample of samples) {
          const env = Math.floor(sample.obs[0]! / 1000);
          const t = sample.obs[0]! % 1000;
          const mine = histories.slice(0, stored).map((steps) => steps[env]!);
          let m = 1;
          const together = (k: number): boolean => mine[k]!.mask.join() === mine[k - 1]!.mask.join();
          while (m < n && t + m < stored && !mine[t + m - 1]!.ended && together(t + m)) m += 1;
          const window = mine.slice(t, t + m);
          const rewards = [0, 1].map((i) =>
            window.reduce((sum, { rewards: r }, k) => sum + gamma ** k * r[i]!, 0),
          );
          expect(sample.rewards[0]).toBeCloseTo(rewards[0]!, 5);
          expect(sample.rewards[1]).toBeCloseTo(rewards[1]!, 5);
          expect(sample).toMatchObject({
            actions: sample.obs,
            obsNext: [1000 * env + t + m - 0.5, -1000 * env - t - m + 1.5],
            terminals: window.at(-1)!.terminals,
            agentMask: mine[t]!.mask,
          });
          expect(sample.discount).toBeCloseTo(gamma ** m, 6);
        }
        expect(new Set(samples.map(({ discount }) => discount)).size).toBeGreaterThan(n === 1 ? 0 : 1);
      }
  });

  it('of one step are the stored transitions with discount gamma, bit for bit', () => {
    const make = (nStep: boolean): ReplayBuffer =>
      new ReplayBuffer(spec, {
        capacity: 8,
        parallels: 1,
        ...(nStep && { nStep: { steps: 1, gamma: 0.95 } }),
      });
    const [one, plain] = [make(true), make(false)];
    for (const buffer of [one, plain])
      for (let t = 0; t < 5; t++) store(buffer, [{ rewards: [0.1 * t, -0.3 * t], terminals: [t % 2, 0] }], t);
    expect(allRows(one)).toEqual(
      allRows(plain).map((sample) => ({ ...sample, discount: Math.fround(0.95) })),
    );
  });

  it('require a batch with discounts', () => {
    const buffer = new ReplayBuffer(spec, { capacity: 8, parallels: 1, nStep: { steps: 2, gamma: 0.95 } });
    store(buffer, [{ rewards: [1, 1] }], 0);
    expect(() => {
      buffer.sample({ below: () => 0 }, 1, createBatch(spec, 1));
    }).toThrow(new RangeError('ReplayBuffer.sample: expected a batch with discounts, got one without'));
  });
});
