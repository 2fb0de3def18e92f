import { describe, expect, it } from 'vitest';
import { groupRuns } from '../../src/report/groups.ts';
import { improvements, profiles, scaleOf, scoreTable, usualThreshold } from '../../src/report/scores.ts';
import { runOf } from './runs.ts';

const KEY = 'test/episode_return_mean';
const groups = groupRuns([
  runOf('a1', [-20, -10], { seed: 1 }),
  runOf('a2', [-12, -12], { seed: 2 }),
  runOf('b', [-30, -16], { gamma: 0.5 }),
]);

describe('scores', () => {
  it('are the last value of each run, the best group first', () => {
    const rows = scoreTable(groups, { key: KEY, threshold: -12 });
    expect(
      rows.map(({ group, runs, iqm, worst, best, gap }) => [group.label, runs, iqm, worst, best, gap]),
    ).toEqual([
      ['MADDPG · gamma 0.9', 2, -11, -12, -10, null],
      ['MADDPG · gamma 0.5', 1, -16, -16, -16, null],
    ]);
    expect(rows.map(({ interval }) => interval)).toEqual([[-12, -10], null]);
  });

  it('say when runs first reached a threshold', () => {
    const rows = scoreTable(groups, { key: KEY, threshold: -12 });
    expect(rows.map(({ reached }) => reached)).toEqual([{ runs: 2, steps: 150, seconds: 3 }, null]);
  });

  it('are normalised from the random policy to the scripted controller', () => {
    const scale = { random: -30, scripted: -10 };
    const [first, second] = scoreTable(groups, { key: KEY, scale });
    expect(first).toMatchObject({ iqm: 0.95, worst: 0.9, best: 1 });
    expect(first!.gap).toBeCloseTo(0.05, 12);
    expect(second!.iqm).toBe(0.7);
  });

  it('have no scale without a controller that beats the random policy', () => {
    expect(scaleOf({ random: { '': -3 }, scripted: { '': -1 } }, '')).toEqual({ random: -3, scripted: -1 });
    expect(scaleOf({ random: { '': -3 }, scripted: { '': -4 } }, '')).toBeUndefined();
    expect(scaleOf({ random: { '': -3 }, scripted: null }, '')).toBeUndefined();
    expect(scaleOf(undefined, '')).toBeUndefined();
  });

  it('have a threshold nine tenths of the way to the best group', () => {
    expect(usualThreshold(groups, KEY, -31)).toBe(-13);
    expect(usualThreshold(groups, KEY, undefined)).toBe(-12.9);
    expect(usualThreshold(groups, 'no/such', -31)).toBeUndefined();
  });

  it('are compared by profile and probability of improvement', () => {
    const [x, y] = groups.map(({ label, variant }, k) => ({
      label,
      variant,
      scores: [
        [
          [2, 4],
          [1, 3],
        ][k]!,
      ],
    }));
    expect(improvements(x!, [y!])).toMatchObject([{ probability: 0.75, interval: [0, 1] }]);
    const { thresholds, curves } = profiles([x!, y!], 4);
    expect(thresholds.map((at) => Number(at.toFixed(9)))).toEqual([0.85, 1.95, 3.05, 4.15]);
    expect(curves.map(({ shares }) => shares)).toEqual([
      [1, 1, 0.5, 0],
      [1, 0.5, 0, 0],
    ]);
    expect(curves[0]!.intervals).toEqual([
      [1, 1],
      [1, 1],
      [0, 1],
      [0, 0],
    ]);
  });
});
