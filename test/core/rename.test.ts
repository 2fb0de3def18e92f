/** rename(): tries again on Windows while a file is open elsewhere, and only then. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { rename } from '../../src/core/rename.ts';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-rename-'));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});
const at = (name: string): string => path.join(folder, name);

/** How a rename ends that fails so often with this code, and how it waited. */
function outcome(code: string, failures: number, windows: boolean): { end: string; waits: number[] } {
  const waits: number[] = [];
  let left = failures;
  const attempt = (): void => {
    if (left-- > 0) throw Object.assign(new Error(), { code });
  };
  const wait = (ms: number): void => void waits.push(ms);
  try {
    rename('from', 'to', { windows, attempt, wait });
    return { end: 'done', waits };
  } catch (error) {
    return { end: String((error as NodeJS.ErrnoException).code), waits };
  }
}

it('replaces a file', () => {
  fs.writeFileSync(at('new'), 'new');
  fs.writeFileSync(at('old'), 'old');
  for (const windows of [false, true])
    rename(at(windows ? 'old' : 'new'), at(windows ? 'new' : 'old'), { windows });
  expect([fs.existsSync(at('old')), fs.readFileSync(at('new'), 'utf8')]).toEqual([false, 'new']);
});

it.each(['EPERM', 'EACCES', 'EBUSY'])(
  'waits on Windows while a file is open elsewhere (%s), for two seconds',
  (code) => {
    expect(outcome(code, 3, true)).toEqual({ end: 'done', waits: [10, 20, 40] });
    const { end, waits } = outcome(code, Infinity, true);
    expect({ end, ms: waits.reduce((sum, ms) => sum + ms, 0) }).toEqual({ end: code, ms: 2000 });
    expect(outcome(code, 1, false)).toEqual({ end: code, waits: [] });
  },
);

it('throws at once what waiting does not mend', () => {
  expect(outcome('ENOSPC', 1, true)).toEqual({ end: 'ENOSPC', waits: [] });
});
