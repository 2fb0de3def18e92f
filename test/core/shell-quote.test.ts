import { describe, expect, it } from 'vitest';

import { shellQuote } from '../../src/core/shell-quote.ts';

describe('shellQuote', () => {
  it('leaves plain paths unquoted', () => {
    expect(shellQuote('runs/maddpg-simple_spread_v3-seed1/checkpoints')).toBe(
      'runs/maddpg-simple_spread_v3-seed1/checkpoints',
    );
  });

  it('quotes spaces, quotes, variables, globs and the empty string', () => {
    expect(['runs/my run 3', "it's", '$HOME', '*', '~/runs', ''].map(shellQuote)).toEqual([
      "'runs/my run 3'",
      String.raw`'it'\''s'`,
      "'$HOME'",
      "'*'",
      "'~/runs'",
      "''",
    ]);
  });
});
