/** Which groups are confirmed. */
import { describe, expect, it } from 'vitest';
import { confirmedGroups } from '../../src/sweep/confirm.ts';

const group = (name: string, ...scores: number[]): { group: string; scores: number[] } => ({
  group: name,
  scores,
});

describe('the groups to confirm', () => {
  it('are the best by score, ties by name', () => {
    const groups = [group('c', -1), group('d', -3), group('b', -1), group('a', -2)];
    expect(confirmedGroups(groups, 3)).toEqual(['b', 'c', 'a']);
    expect(confirmedGroups([...groups].reverse(), 3)).toEqual(['b', 'c', 'a']);
    expect(confirmedGroups(groups, 9)).toEqual(['b', 'c', 'a', 'd']);
  });

  it('are those that trained furthest first, by their last score', () => {
    expect(confirmedGroups([group('a', -1), group('b', -9, -5), group('c', -8, -6)], 2)).toEqual(['b', 'c']);
  });

  it('are none that diverged or never finished', () => {
    expect(confirmedGroups([group('a', NaN), group('b', -Infinity), group('c'), group('d', -4)], 3)).toEqual([
      'd',
    ]);
  });
});
