import { describe, expect, it } from 'vitest';
import { Sequences } from '../../src/replay/sequences.ts';

/** First and last learned step of each sequence in an episode of so many steps, and where its burn-in starts. */
function spans(length: number, burnIn: number, steps: number): (readonly [number, number, number])[] {
  const sequences = new Sequences(length, burnIn);
  return Array.from({ length: sequences.countIn(steps) }, (_, k) => {
    const first = k * sequences.stride;
    return [first - burnIn, first, first + length - 1] as const;
  });
}

describe('sequences', () => {
  it('overlap by half, or less where burn-in is longer', () => {
    expect(spans(10, 5, 25)).toEqual([
      [-5, 0, 9],
      [0, 5, 14],
      [5, 10, 19],
      [10, 15, 24],
    ]);
    expect(spans(4, 3, 8)).toEqual([
      [-3, 0, 3],
      [0, 3, 6],
      [3, 6, 9],
    ]);
    expect(spans(3, 0, 5).map(([, first]) => first)).toEqual([0, 2]);
  });

  it('cover every step, and all but the first have all burn-in steps in their episode', () => {
    for (let length = 1; length <= 9; length++)
      for (let burnIn = 0; burnIn <= length; burnIn++)
        for (let steps = 1; steps <= 20; steps++) {
          const all = spans(length, burnIn, steps);
          const covered = (t: number): boolean => all.some(([, first, last]) => first <= t && t <= last);
          const missed = Array.from({ length: steps }, (_, t) => t).filter((t) => !covered(t));
          const early = all.slice(1).filter(([start]) => start < 0);
          expect([missed, early], `${length}, ${burnIn}, ${steps}`).toEqual([[], []]);
          // The one before the last ends early.
          if (all.length > 1) expect(all.at(-2)![2]).toBeLessThan(steps - 1);
        }
  });

  it('of the length of the episode are one', () => {
    for (const burnIn of [0, 3, 7]) expect(spans(7, burnIn, 7)).toHaveLength(1);
  });

  it('start their burn-in where startingAt() says', () => {
    for (const [length, burnIn] of [
      [10, 5],
      [4, 3],
      [3, 0],
      [1, 1],
    ] as const) {
      const sequences = new Sequences(length, burnIn);
      const starts = spans(length, burnIn, 30).map(([start]) => start);
      for (let t = 0; t < 20; t++) {
        const k = starts.indexOf(t, 1);
        expect(sequences.startingAt(t)).toBe(k === -1 ? undefined : k);
      }
    }
  });

  it('have no more burn-in steps than others', () => {
    expect(() => new Sequences(3, 4)).toThrow(
      new RangeError('Sequences: expected at most as many burn-in steps as others, got 4 and 3'),
    );
  });
});
