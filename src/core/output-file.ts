/** Writing a file that the user asked for by an option. Runs are written elsewhere (run/file-store.ts). */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { systemReason } from './system-error.ts';
import { UserError } from './user-error.ts';

/** Wording that differs from system-error.ts. */
const REASONS = {
  ENOENT: 'no such folder',
  ENOTDIR: 'a file in place of its folder',
  EISDIR: 'a folder',
  EACCES: 'one that may not be written',
  EPERM: 'one that may not be written',
} as const;

/** Writes what `option` asks for; `mode`: that of a new file. Throws UserError if the file cannot be written. */
export function writeOutput(option: string, file: string, content: string | Uint8Array, mode = 0o666): void {
  try {
    fs.writeFileSync(file, content, { mode });
  } catch (error) {
    throw outputFault(option, 'a file', file, error);
  }
}

/** What to throw where writing to `at` failed: a UserError if the file system refused, else the error itself. */
export function outputFault(
  option: string,
  what: 'a file' | 'a folder',
  at: string,
  error: unknown,
): unknown {
  const reason = systemReason(error, REASONS);
  if (reason === undefined) return error;
  const got = `${reason}: ${at}`;
  return new UserError(`${option}: expected ${what} that can be written, got ${got}`, { cause: error });
}

/** Throws UserError if two options name the same file; `files` by option. */
export function requireDistinct(files: Readonly<Record<string, string | undefined>>): void {
  const seen = new Map<string, string>();
  for (const [option, file] of Object.entries(files)) {
    if (file === undefined) continue;
    const other = seen.get(path.resolve(file));
    if (other !== undefined)
      throw new UserError(`${option}: expected a file of its own, got ${file}, which ${other} names too`);
    seen.set(path.resolve(file), option);
  }
}
