import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requireDistinct, writeOutput } from '../../src/core/output-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'maddpg-output-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const at = (name: string): string => join(folder, name);

describe('a file that an option asks for', () => {
  it('is written, text or bytes', () => {
    writeOutput('--csv', at('a'), 'text');
    expect(readFileSync(at('a'), 'utf8')).toBe('text');
    writeOutput('--gif', at('a'), Uint8Array.of(1, 2));
    expect([...readFileSync(at('a'))]).toEqual([1, 2]);
  });

  it('that cannot be written is named with the option and the reason', () => {
    mkdirSync(at('folder'));
    writeFileSync(at('file'), '');
    const refused = (file: string, reason: string): void => {
      expect(() => {
        writeOutput('--gif', file, '');
      }).toThrow(
        expect.objectContaining({
          message: `--gif: expected a file that can be written, got ${reason}: ${file}`,
          exitCode: 2,
        }),
      );
    };
    refused(at('none/a.gif'), 'no such folder');
    refused(at('folder'), 'a folder');
    refused(at('file/a.gif'), 'a file in place of its folder');
    refused(at('x'.repeat(300)), 'a name that is too long');
  });

  // Root may write everything.
  it.skipIf(process.getuid?.() === 0)('that may not be written is refused', () => {
    writeFileSync(at('locked'), '');
    chmodSync(at('locked'), 0o444);
    expect(() => {
      writeOutput('--csv', at('locked'), '');
    }).toThrow(
      `--csv: expected a file that can be written, got one that may not be written: ${at('locked')}`,
    );
  });

  it.runIf(process.platform === 'linux')('on a full disk is refused', () => {
    expect(() => {
      writeOutput('--csv', '/dev/full', 'text');
    }).toThrow('--csv: expected a file that can be written, got no space left on the device: /dev/full');
  });

  it('is its own: two options may not name the same one', () => {
    expect(() => {
      requireDistinct({ '--csv': 'a', '--json': undefined, '--svg': undefined, '--out': 'b' });
    }).not.toThrow();
    expect(() => {
      requireDistinct({ '--csv': './a', '--out': 'a' });
    }).toThrow('--out: expected a file of its own, got a, which --csv names too');
  });
});
