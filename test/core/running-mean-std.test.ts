import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { RunningMeanStd } from '../../src/core/running-mean-std.ts';

describe('RunningMeanStd', () => {
  it('gives the mean and population standard deviation of each column, also far from 0', () => {
    const stream = new FastStream(1, 'moments');
    const rows = Array.from({ length: 500 }, () => [stream.normal(), 1e6 + 3 * stream.normal(), 7]);
    const moments = new RunningMeanStd(3);
    // `at` skips the first of two vectors.
    for (const row of rows) moments.add(Float64Array.from([NaN, NaN, NaN, ...row]), 3);
    for (const c of [0, 1, 2]) {
      const mean = rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length;
      const variance = rows.reduce((sum, row) => sum + (row[c]! - mean) ** 2, 0) / rows.length;
      expect(moments.mean[c]! / mean).toBeCloseTo(1, 12);
      expect(moments.std(c)).toBeCloseTo(Math.sqrt(variance), 9);
    }
    expect(moments.count[0]).toBe(500);
    expect(moments.std(2)).toBe(0);
  });

  it('has standard deviation 1 until there are two vectors', () => {
    const moments = new RunningMeanStd(1);
    expect([moments.mean[0], moments.std(0)]).toEqual([0, 1]);
    moments.add(Float32Array.of(4), 0);
    expect([moments.mean[0], moments.std(0)]).toEqual([4, 1]);
    moments.add(Float32Array.of(8), 0);
    expect([moments.mean[0], moments.std(0)]).toEqual([6, 2]);
  });
});
