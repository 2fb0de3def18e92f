/** The score of a trial. */
import { describe, expect, it } from 'vitest';
import { objectiveOf, scoreOf } from '../../src/sweep/standing.ts';

describe('objectiveOf', () => {
  it('is the last value, whatever it is, or the best number', () => {
    expect(objectiveOf([3, 1], 'last')).toBe(1);
    expect(objectiveOf([3, NaN], 'last')).toBeNaN();
    expect(objectiveOf([1, NaN, 3, -Infinity], 'best')).toBe(3);
  });

  it('is NaN if there is nothing else, and undefined without values', () => {
    expect(objectiveOf([NaN, NaN], 'best')).toBeNaN();
    expect(objectiveOf([], 'best')).toBeUndefined();
    expect(objectiveOf([], 'last')).toBeUndefined();
  });
});

it('the best so far of a trial that diverged is what it had before', () => {
  const scores = [5, NaN, 7].map((value, k) => ({ step: 10 * (k + 1), value }));
  const best = { metric: 'test/episode_return_mean', at: 'best' } as const;
  expect(scoreOf(scores, best, 20)).toBe(5);
  expect(scoreOf(scores, best)).toBe(7);
  expect(scoreOf(scores, best, 40)).toBeUndefined();
});
