/**
 * Renames that retry while another process has the file open: on Windows a file cannot be replaced, nor its folder
 * renamed, while a virus scanner or a reader has it open, which it does for a moment after every change.
 */
import * as fs from 'node:fs';

const OPEN_ELSEWHERE: readonly unknown[] = ['EPERM', 'EACCES', 'EBUSY'];

/** Milliseconds before each further attempt: two seconds in all. */
const PAUSES = [10, 20, 40, 80, 150, 300, 600, 800];

interface RenameOptions {
  readonly windows?: boolean;
  /** Renames, or throws. */
  readonly attempt?: (from: string, to: string) => void;
  readonly wait?: (ms: number) => void;
}

/** fs.renameSync; on Windows tried again while the file is open elsewhere. */
export function rename(
  from: string,
  to: string,
  { windows = process.platform === 'win32', attempt = fs.renameSync, wait = sleep }: RenameOptions = {},
): void {
  for (const pause of windows ? PAUSES : []) {
    try {
      attempt(from, to);
      return;
    } catch (error) {
      if (!OPEN_ELSEWHERE.includes((error as NodeJS.ErrnoException).code)) throw error;
      wait(pause);
    }
  }
  attempt(from, to);
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
