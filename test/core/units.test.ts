import { expect, it } from 'vitest';
import { counted, humanBytes, humanCount, humanDuration } from '../../src/core/units.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1_234_567, '1.2 MB'],
  [52_690_000, '52.7 MB'],
  [99_960_000, '100 MB'],
  [999_499_999, '999 MB'],
  [999_600_000, '1.0 GB'],
  [7.2e15, '7200 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(humanBytes(bytes)).toBe(text);
});

it.each([
  [0, '0 s', '0 s'],
  [0.44, '0.4 s', '0.4 s'],
  [9.96, '10 s', '10 s'],
  [59.4, '59 s', '59 s'],
  [59.6, '1 min', '1 min'],
  [200, '3 min 20 s', '3 min'],
  [3599.7, '1 h', '1 h'],
  [7500, '2 h 5 min', '2 h'],
  [86_400 * 12 + 3600 * 14 + 59, '12 d 14 h', '12 d'],
])('%d seconds are %s, or with one part %s', (seconds, two, one) => {
  expect([humanDuration(seconds), humanDuration(seconds, 1)]).toEqual([two, one]);
});

it('counts have thousands apart and no decimals', () => {
  expect([999, 1000, 1753.4, 10_000_000].map(humanCount)).toEqual(['999', '1,000', '1,753', '10,000,000']);
});

it('things are counted in the singular and the plural', () => {
  expect([0, 1, 1500].map((n) => counted(n, 'trial'))).toEqual(['0 trials', '1 trial', '1,500 trials']);
});
