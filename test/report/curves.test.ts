import { describe, expect, it } from 'vitest';
import { groupCurve, pointsOf, valueAt } from '../../src/report/curves.ts';
import { runOf } from './runs.ts';

const TEST = 'test/episode_return_mean';

describe('curves', () => {
  it('leave out what is not a number, and records that go back', () => {
    const run = runOf('a', [1, NaN, 3, 4]);
    expect(pointsOf(run, TEST, 'step')).toEqual({ x: [100, 300, 400], y: [1, 3, 4] });
    run.metrics['step']![3] = 250;
    expect(pointsOf(run, TEST, 'step')).toEqual({ x: [100, 300], y: [1, 3] });
    expect(pointsOf(run, 'learner/none', 'step')).toEqual({ x: [], y: [] });
  });

  it('are smoothed by a mean whose weights halve into the past', () => {
    expect(pointsOf(runOf('a', [4, 1, 1]), TEST, 'wall_s', 0.5)).toEqual({
      x: [2, 4, 6],
      y: [4, (2 * 1 + 4) / 3, (4 * 1 + 2 * 1 + 4) / 7],
    });
  });

  it('of a group are the interquartile mean at the places of its runs', () => {
    const runs = [0, 1, 2, 103].map((first) => ({ x: [100, 200], y: [first, first + 10] }));
    const { x, mean, count, low, high } = groupCurve(runs);
    expect({ x, mean, count }).toEqual({ x: [100, 200], mean: [1.5, 11.5], count: [4, 4] });
    expect(low[0]).toBeGreaterThanOrEqual(0);
    expect(high[0]).toBeLessThanOrEqual(103);
  });

  it('of a group go on while half of its runs do, and read runs between their records', () => {
    const long = { x: [0, 10, 20], y: [0, 10, 20] };
    const curve = groupCurve([long, { x: [0, 20], y: [2, 2] }, { x: [0], y: [4] }, { x: [0], y: [6] }]);
    expect(curve.x).toEqual([0, 10, 20]);
    expect(curve.mean).toEqual([3, 6, 11]);
    expect(curve.count).toEqual([4, 2, 2]);
    expect(groupCurve([long, { x: [0], y: [4] }, { x: [0], y: [6] }]).x).toEqual([0]);
  });

  it('keep first and last of many places', () => {
    const x = Array.from({ length: 1001 }, (_, k) => k);
    const curve = groupCurve([{ x, y: x }], 5);
    expect(curve.x).toEqual([0, 250, 500, 750, 1000]);
    expect(curve.mean).toEqual(curve.x);
  });

  it('are read linearly inside their points only', () => {
    const points = { x: [1, 3], y: [10, 20] };
    expect([0, 1, 1.5, 3, 4].map((at) => valueAt(points, at))).toEqual([undefined, 10, 12.5, 20, undefined]);
  });
});
