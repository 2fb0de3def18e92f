import { expect, it } from 'vitest';
import { hasBlocks, sparkline } from '../../src/cli/sparkline.ts';

it('goes from the least block to the greatest', () => {
  expect(sparkline([-8, -7, -6, -5, -4, -3, -2, -1], 20)).toBe('▁▂▃▄▅▆▇█');
  expect(sparkline([-27.04, -6.22, -16], 3)).toBe('▁█▅');
});

it('shows all values in the blocks there are, by their means', () => {
  expect(sparkline([0, 0, 0, 8, 8, 8], 2)).toBe('▁█');
  expect(sparkline([0, 8, 0, 8, 16], 2)).toBe('▁█'); // means 4 and 8
});

it('is in the middle where all values are the same', () => {
  expect(sparkline([-3], 5)).toBe('▅');
  expect(sparkline([2, 2], 5)).toBe('▅▅');
});

it('leaves a blank for what is not finite, and is empty without values or room', () => {
  expect(sparkline([1, NaN, 2, Infinity], 4)).toBe('▁ █ ');
  expect([sparkline([], 5), sparkline([1, 2], 0), sparkline([1, 2], -3)]).toEqual(['', '', '']);
});

it.each([
  [{}, true],
  [{ LANG: 'C' }, true],
  [{ LANG: 'de_DE.UTF-8' }, true],
  [{ LANG: 'C.utf8' }, true],
  [{ LANG: 'de_DE.ISO-8859-1' }, false],
  [{ LC_ALL: '', LC_CTYPE: 'ja_JP.eucJP', LANG: 'ja_JP.UTF-8' }, false],
  [{ TERM: 'linux', LANG: 'C.UTF-8' }, false],
])('with %o blocks are drawn: %s', (environment, drawn) => {
  expect(hasBlocks(environment)).toBe(drawn);
});
