import { describe, expect, it } from 'vitest';
import type { Ensemble } from '../../src/ensemble/ensemble.ts';
import { Casting } from '../../src/ensemble/casting.ts';

const ensemble: Ensemble = { size: 3, groups: 2, groupOfColumn: Uint16Array.of(0, 1) };

describe('Casting', () => {
  it('draws sub-policies uniformly and independently', () => {
    const casting = new Casting(ensemble, 1, 7);
    const pairs = new Array<number>(9).fill(0);
    const repeats = [0, 0];
    for (let episode = 0; episode < 9000; episode++) {
      const before = [...casting.players];
      casting.next(Uint8Array.of(1));
      const [first, second] = casting.players;
      pairs[3 * first! + second!]! += 1;
      if (first === before[0]) repeats[0]! += 1;
      if (second === before[1]) repeats[1]! += 1;
    }
    // Four standard errors of 1/9 and 1/3 among 9000 draws.
    for (const count of pairs) expect(Math.abs(count - 1000)).toBeLessThan(120);
    for (const count of repeats) expect(Math.abs(count - 3000)).toBeLessThan(179);
  });

  it('keeps sub-policies during an episode, per environment', () => {
    const casting = new Casting(ensemble, 4, 1);
    const changed = [0, 0, 0, 0];
    for (let step = 0; step < 200; step++) {
      const before = [...casting.players];
      casting.next(Uint8Array.of(0, 1, 0, 1));
      for (let e = 0; e < 4; e++)
        if ([0, 1].some((g) => casting.players[2 * e + g] !== before[2 * e + g])) changed[e]! += 1;
    }
    expect([changed[0], changed[2]]).toEqual([0, 0]);
    expect(Math.min(changed[1]!, changed[3]!)).toBeGreaterThan(150);
  });
});
