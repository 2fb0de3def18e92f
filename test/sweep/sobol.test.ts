/** Sobol's sequence against SciPy's, and what makes it even. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MOST_DIMENSIONS, sobol } from '../../src/sweep/sobol.ts';

interface Recorded {
  readonly runs: readonly { readonly start: number; readonly points: readonly (readonly number[])[] }[];
}

/** record_sobol.py with SciPy 1.17.1. */
const { runs } = JSON.parse(readFileSync(new URL('data/sobol.json', import.meta.url), 'utf8')) as Recorded;

const SEEDS = [0, 1, 2, 12345];

/** How many of the points lie in each of `parts` equal parts of an axis. */
function countIn(xs: readonly number[], parts: number): number[] {
  const counts = new Array<number>(parts).fill(0);
  for (const x of xs) counts[Math.floor(x * parts)]! += 1;
  return counts;
}

function first(count: number, dimensions: number, seed: number | null): number[][] {
  const point = sobol(dimensions, seed);
  return Array.from({ length: count }, (_, index) => point(index));
}

describe('Sobol points', () => {
  it.each(runs)('without scrambling are those of SciPy in 32 dimensions, from number $start', (run) => {
    const point = sobol(32, null);
    expect(run.points.map((_, k) => point(run.start + k))).toEqual(run.points);
  });

  it('scrambled, the first 2^k have one in every interval of 2^-k, on each axis', () => {
    for (const seed of SEEDS) {
      const points = first(2 ** 10, MOST_DIMENSIONS, seed);
      for (let k = 0; k <= 10; k++)
        for (let d = 0; d < MOST_DIMENSIONS; d++) {
          const xs = points.slice(0, 2 ** k).map((x) => x[d]!);
          expect(countIn(xs, 2 ** k)).toEqual(new Array(2 ** k).fill(1));
        }
    }
  });

  it('scrambled, every later block of 2^k points is as even', () => {
    const point = sobol(5, 7);
    for (const block of [1, 2, 3, 1000])
      for (let d = 0; d < 5; d++) {
        const xs = Array.from({ length: 64 }, (_, k) => point(64 * block + k)[d]!);
        expect(countIn(xs, 64)).toEqual(new Array(64).fill(1));
      }
  });

  it('scrambled, the first two dimensions are a (0, k, 2)-net: one point in every dyadic box of area 2^-k', () => {
    for (const seed of SEEDS) {
      const points = first(2 ** 8, 2, seed);
      for (let wide = 0; wide <= 8; wide++) {
        const [columns, rows] = [2 ** wide, 2 ** (8 - wide)];
        const boxes = points.map(([x, y]) => Math.floor(x! * columns) * rows + Math.floor(y! * rows));
        expect(new Set(boxes).size).toBe(2 ** 8);
      }
    }
  });

  it('differ by seed and dimension, not by how many dimensions there are', () => {
    const points = first(16, 8, 1);
    expect(first(16, 3, 1)).toEqual(points.map((x) => x.slice(0, 3)));
    expect(first(16, 8, 1)).toEqual(points);
    expect(first(1, 8, 2)[0]).not.toEqual(points[0]);
    expect(new Set(points[0]).size).toBe(8);
  });

  it('lie inside the unit cube', () => {
    expect(
      first(4096, 4, 3)
        .flat()
        .filter((x) => !(x > 0 && x < 1)),
    ).toEqual([]);
  });

  it.each([0, 33, 1.5])('refuse %s dimensions', (dimensions) => {
    expect(() => sobol(dimensions, 1)).toThrow(
      new RangeError(`sobol: expected 1 to 32 dimensions, got ${dimensions}`),
    );
  });
});
