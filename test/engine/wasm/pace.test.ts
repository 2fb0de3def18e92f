import { describe, expect, it } from 'vitest';
import { Pace } from '../../../src/engine/wasm/pace.ts';

/** Shares of so many runs that take `alone` or `together` milliseconds on a clock of their own. */
function sharesOfRuns(count: number, alone: (run: number) => number, together: number): number[] {
  let clock = 0;
  const pace = new Pace(4, () => clock);
  return Array.from({ length: count }, (_, run) => {
    let used = 0;
    pace.run((shares) => {
      used = shares;
      clock += shares === 1 ? alone(run) : together;
    });
    return used;
  });
}

describe('Pace', () => {
  it('runs in all shares first, tries both kinds five times in turn, then keeps the faster one', () => {
    const warmUp = Array.from({ length: 8 }, () => 4);
    const trial = Array.from({ length: 10 }, (_, k) => (k % 2 === 0 ? 1 : 4));
    expect(sharesOfRuns(20, () => 3, 2)).toEqual([...warmUp, ...trial, 4, 4]);
    expect(sharesOfRuns(20, () => 1, 2)).toEqual([...warmUp, ...trial, 1, 1]);
  });

  it('is not misled by one slow run', () => {
    expect(sharesOfRuns(20, (run) => (run === 10 ? 100 : 1), 2).at(-1)).toBe(1);
  });

  it('changes its choice after a thousand runs if the machine has changed', () => {
    const shares = sharesOfRuns(1100, (run) => (run < 500 ? 1 : 3), 2);
    expect(shares.slice(18, 1018).every((n) => n === 1)).toBe(true);
    expect(shares.slice(1018, 1028)).toEqual([1, 4, 1, 4, 1, 4, 1, 4, 1, 4]);
    expect(shares.slice(1028).every((n) => n === 4)).toBe(true);
  });
});
