import { describe, expect, it } from 'vitest';
import { FastStream } from '../../../src/core/random.ts';
import { Assignment } from '../../../src/envs/mpe/assignment.ts';

/** Brute force: the minimum cost of assigning the remaining rows to `columns`. */
function leastSum(costs: Float64Array, n: number, columns: readonly number[]): number {
  if (columns.length === 0) return 0;
  const row = n - columns.length;
  const rests = columns.map(
    (column) =>
      costs[row * n + column]! +
      leastSum(
        costs,
        n,
        columns.filter((other) => other !== column),
      ),
  );
  return Math.min(...rests);
}

describe('Assignment', () => {
  it.each([1, 2, 3, 4, 5, 6, 7])('of %i rows has the minimum cost over all permutations', (n) => {
    const assignment = new Assignment(n);
    const stream = new FastStream(n, 'costs');
    const all = Array.from({ length: n }, (_, j) => j);
    for (let trial = 0; trial < 30; trial++) {
      assignment.costs.forEach((_, k) => (assignment.costs[k] = stream.double() - 0.3));
      assignment.solve();
      const columns = [...assignment.columns];
      expect(columns.toSorted((a, b) => a - b)).toEqual(all);
      const sum = columns.reduce((total, column, row) => total + assignment.costs[row * n + column]!, 0);
      expect(sum).toBeCloseTo(leastSum(assignment.costs, n, all), 12);
    }
  });

  it('of many rows finds the only permutation of cost zero', () => {
    const n = 67;
    const assignment = new Assignment(n);
    assignment.costs.fill(1);
    for (let row = 0; row < n; row++) assignment.costs[row * n + ((row * 5 + 3) % n)] = 0;
    assignment.solve();
    expect([...assignment.columns]).toEqual(Array.from({ length: n }, (_, row) => (row * 5 + 3) % n));
  });
});
