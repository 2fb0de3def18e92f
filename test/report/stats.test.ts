import { describe, expect, it } from 'vitest';
import {
  bootstrapInterval,
  interquartileMean,
  optimalityGap,
  percentiles,
  probabilityOfImprovement,
  profile,
  RunBootstrap,
  seededDraw,
} from '../../src/report/stats.ts';
import { expectSame, recorded } from './rliable.ts';

describe('statistics of scores', () => {
  it.each(recorded())('are the numbers recorded from rliable, to 1e-12', ({ task, answer }) => {
    expectSame(task, answer);
  });

  it('drop a quarter of the scores at either end for the interquartile mean', () => {
    expect(interquartileMean([[9, 1, 2, 100]])).toBe(5.5);
    expect(interquartileMean([[3, 1, 2]])).toBe(2);
    expect(interquartileMean([[1], [5]])).toBe(3);
    expect(interquartileMean([])).toBeNaN();
  });

  it('count scores strictly above each threshold', () => {
    expect(
      profile(
        [
          [0, 1],
          [1, 2],
        ],
        [-1, 0, 1, 2],
      ),
    ).toEqual([1, 0.75, 0.25, 0]);
  });

  it('count ties half in the probability of improvement', () => {
    expect(probabilityOfImprovement([[1, 2]], [[1, 3]])).toBe((0.5 + 1) / 4);
    expect(probabilityOfImprovement([[1], [2]], [[0], [5]])).toBe(0.5);
  });

  it('cut scores above gamma for the optimality gap', () => {
    expect(optimalityGap([[0.5, 3]], 1)).toBe(0.25);
  });

  it('interpolate percentiles between order statistics', () => {
    expect(percentiles(Float64Array.from({ length: 81 }, (_, k) => 80 - k))).toEqual([2, 78]);
    expect(percentiles(Float64Array.of(0, 1))).toEqual([0.025, 0.975]);
  });

  it('give the same interval every time', () => {
    const interval = () => bootstrapInterval([[1, 2, 4, 8, 16]], interquartileMean, { replicates: 2000 });
    expect(interval()).toEqual(interval());
    expect(interval()[0]).toBeGreaterThanOrEqual(1);
    expect(interval()[1]).toBeLessThanOrEqual(16);
  });

  it.each([2, 3, 5, 8, 13])('of %i runs are the same when resampled once for all points of a curve', (n) => {
    const values = Array.from({ length: n }, (_, k) => ((k * 7) % n) ** 2);
    const once = new RunBootstrap(n, 1000).interval(values);
    const again = bootstrapInterval([values], interquartileMean, { replicates: 1000, draw: seededDraw() });
    for (const end of [0, 1] as const) expect(once[end]).toBeCloseTo(again[end], 12);
  });
});
