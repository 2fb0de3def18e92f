/** What a user sees if a run cannot be written: the file, the last good checkpoint and what to do, with exit code 1. */
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';

/** A failure as plain data, since errors lose their fields on the way between threads. */
export interface Failure {
  readonly message: string;
  /** Node's code, such as ENOSPC; undefined if no file is at fault. */
  readonly code?: string;
  readonly path?: string;
  /** The faults of a UserError, whose message stands as it is. */
  readonly faults?: readonly string[];
}

export function failureOf(error: unknown): Failure {
  if (error instanceof UserError) return { message: error.message, faults: error.faults };
  const { message = String(error), code, path } = error as Partial<NodeJS.ErrnoException>;
  return {
    message,
    ...(typeof code === 'string' && { code }),
    ...(typeof path === 'string' && { path }),
  };
}

/** Causes that users can remove, by Node's code. */
const CAUSES: Readonly<Partial<Record<string, readonly [got: string, advice: string]>>> = {
  ENOSPC: ['no space left on the device', 'free some space'],
  EDQUOT: ['an exceeded disk quota', 'free some space'],
  EFBIG: ['a file size limit (ulimit -f)', 'raise the limit'],
  EACCES: ['no permission', 'change the permissions'],
  EPERM: ['no permission', 'change the permissions'],
  EROFS: ['a read-only file system', 'make it writable'],
  EMFILE: ['too many open files (ulimit -n)', 'raise the limit'],
  ENFILE: ['too many open files on this machine', 'close some'],
  EIO: ['an error of the device', 'check the disk'],
  ENOENT: ['no such file or folder', 'put it back'],
  EEXIST: ['a file in place of a folder', 'remove it'],
  ENOTDIR: ['a file in place of a folder', 'remove it'],
  EISDIR: ['a folder in place of a file', 'remove it'],
  ENOTEMPTY: ['a folder that something else writes to', 'stop the other program'],
  ELOOP: ['a symbolic link that leads to itself', 'remove it'],
};

export interface Written {
  /** The run directory. */
  readonly run: string;
  /** Newest checkpoint on disk. */
  readonly newest: string | null;
}

/** The error to report; the failure itself if no file is at fault. */
export function fileFault(failure: Failure, { run, newest }: Written): Error {
  if (failure.faults !== undefined) return new UserError(failure.faults, { exitCode: 1 });
  const cause = CAUSES[failure.code ?? ''];
  if (cause === undefined) return new Error(failure.message);
  const [got, advice] = cause;
  const good = newest === null ? 'there is no checkpoint yet' : `the last good checkpoint is ${newest}`;
  const then = newest === null ? 'start again' : `resume with: npx maddpg train --resume ${shellQuote(run)}`;
  return new UserError(
    `${failure.path ?? run}: expected to write it, got ${got} (${failure.code!}); ${good}; ${advice}, then ${then}`,
    { exitCode: 1 },
  );
}
