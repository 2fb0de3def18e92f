/** Names of runs that a file system would take for something else. */
import { expect, it } from 'vitest';
import { nameFault } from '../../src/run/run-name.ts';

it.each(['a:b', 'what?', 'a*', '<a>', 'a|b', '"a"', 'a.', 'CON', 'nul', 'aux.txt', 'COM1'])(
  'refuses %j on Windows, which would take it for something else',
  (name) => {
    expect(nameFault(name, true)).toBe(
      `expected a folder name that Windows takes (no device, no < > : " | ? *, no dot at its end), got ${JSON.stringify(name)}`,
    );
    expect(nameFault(name)).toBeUndefined();
  },
);

it.each(['maddpg-simple_spread_v3-seed1', 'console', 'a.b', 'com', 'größer'])(
  'takes %j everywhere',
  (name) => {
    expect([nameFault(name), nameFault(name, true)]).toEqual([undefined, undefined]);
  },
);
