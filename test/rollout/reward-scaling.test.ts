import { describe, expect, it } from 'vitest';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { RewardScaling, type RewardOptions } from '../../src/rollout/reward-scaling.ts';

const spec = jointSpec(
  [
    { name: 'prey_0', team: 'prey' },
    { name: 'hunter_0', team: 'hunter' },
    { name: 'hunter_1', team: 'hunter' },
  ].map((agent) => ({
    ...agent,
    ...{ obsWidth: 1, actWidth: 1, actionKind: 'box' as const, actionLow: 0, actionHigh: 1 },
  })),
);
const RUNNING = Uint8Array.of(0);
const ENDED = Uint8Array.of(1);

function scalingOf(options: RewardOptions): RewardScaling {
  return new RewardScaling(spec, 1, options);
}

/** Plays one-step episodes with these rewards. */
function play(scaling: RewardScaling, episodes: readonly (readonly number[])[]): void {
  for (const rewards of episodes) scaling.apply(Float64Array.from(rewards), ENDED);
}

describe('RewardScaling', () => {
  it('multiplies by reward_scale without modifying its input', () => {
    const rewards = Float64Array.of(1, -2, 0.5);
    expect([...scalingOf({ scale: 0.1 }).apply(rewards, ENDED)]).toEqual([0.1, -0.2, 0.05]);
    expect([...rewards]).toEqual([1, -2, 0.5]);
  });

  it("divides by the std of ended episodes' returns per team, from the next step on", () => {
    const scaling = scalingOf({ scale: 1, norm: { gamma: 0.9, range: 5 } });
    // Only clips until a team has two returns.
    expect([...scaling.apply(Float64Array.of(-3, 1, 9), ENDED)]).toEqual([-3, 1, 5]);
    expect([...scaling.apply(Float64Array.of(5, 1, 9), RUNNING)]).toEqual([5, 1 / 4, 9 / 4]);
    // The episode continues: its returns are now 0.9 * 5 + 0.5, 0.9 * 1 + 0.1, 0.9 * 9 + 0.9.
    scaling.apply(Float64Array.of(0.5, 0.1, 0.9), ENDED);
    // prey: -3 and 5, deviation 4; hunters: 1, 9, 1 and 9, deviation 4.
    const [prey, first, second] = scaling.apply(Float64Array.of(2, 2, -60), RUNNING);
    expect(prey).toBeCloseTo(0.5, 12);
    expect(first).toBeCloseTo(0.5, 12);
    expect(second).toBe(-5);
  });

  it('bounds the std to [0.1, 100], and scales after clipping', () => {
    const even = scalingOf({ scale: 1, norm: { gamma: 1, range: 50 } });
    play(even, [
      [1, 1, 1],
      [1, 1, 1],
    ]);
    expect([...even.apply(Float64Array.of(2, -3, 9), RUNNING)]).toEqual([20, -30, 50]);
    const wild = scalingOf({ scale: 2, norm: { gamma: 1, range: 4 } });
    play(wild, [
      [1e5, 1e5, 1e5],
      [-1e5, -1e5, -1e5],
    ]);
    expect([...wild.apply(Float64Array.of(100, 300, 500), RUNNING)]).toEqual([2, 6, 8]);
  });

  it('continues bit for bit from restored arrays, mid-episode', () => {
    const options = { scale: 1, norm: { gamma: 0.9, range: 5 } };
    const whole = scalingOf(options);
    play(whole, [
      [1, 2, 3],
      [3, 2, 5],
    ]);
    whole.apply(Float64Array.of(1, 1, 1), RUNNING);
    const resumed = scalingOf(options);
    for (const [name, array] of Object.entries(resumed.arrays())) array.set(whole.arrays()[name]!);
    for (const scaling of [whole, resumed]) scaling.apply(Float64Array.of(0.3, 0.2, 0.1), ENDED);
    expect(resumed.arrays()).toEqual(whole.arrays());
    const next = Float64Array.of(0.7, 0.5, 0.3);
    expect([...resumed.apply(next, RUNNING)]).toEqual([...whole.apply(next, RUNNING)]);
  });

  it('has no state if it only multiplies', () => {
    expect(scalingOf({ scale: 3 }).arrays()).toEqual({});
  });
});
