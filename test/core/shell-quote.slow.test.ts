import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellQuote } from '../../src/core/shell-quote.ts';

describe('shellQuote', () => {
  // Windows has no sh.
  it.skipIf(process.platform === 'win32')('round-trips through sh', () => {
    const words = ['my run 3', `a'b"c`, '$(echo x) `y` \\ !#&;|<>', 'line\nbreak', 'größe', ''];
    const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${words.map(shellQuote).join(' ')}`]);
    expect(printed.toString().split('\0').slice(0, -1)).toEqual(words);
  });
});
