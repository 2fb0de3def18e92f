/** What a user sees if a run cannot be written: the file, the last good checkpoint and what to do, with exit code 1. */
import { shellQuote } from '../core/shell-quote.ts';
import { CAUSES, systemReason } from '../core/system-error.ts';
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

export interface Written {
  /** The run directory, or the checkpoint in it to resume from. */
  readonly run: string;
  /** Newest checkpoint on disk. */
  readonly newest: string | null;
}

/** The error to report; the failure itself if no file is at fault. */
export function fileFault(failure: Failure, { run, newest }: Written): Error {
  if (failure.faults !== undefined) return new UserError(failure.faults, { exitCode: 1 });
  const { code = '' } = failure;
  const cause = CAUSES[code];
  const got = cause ? `${cause.got} (${code})` : systemReason(failure);
  if (got === undefined) return new Error(failure.message);
  const good = newest === null ? 'there is no checkpoint yet' : `the last good checkpoint is ${newest}`;
  const advice = cause?.advice ?? 'see that it can be written';
  const then = newest === null ? 'start again' : `resume with: npx maddpg train --resume ${shellQuote(run)}`;
  return new UserError(
    `${failure.path ?? run}: expected to write it, got ${got}; ${good}; ${advice}, then ${then}`,
    { exitCode: 1 },
  );
}

/** What `act`, which writes to a run, returns. Throws fileFault() if a file is at fault. */
export function writing<T>(written: Written, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const fault = error instanceof UserError ? error : fileFault(failureOf(error), written);
    // Bugs pass unchanged, with their stack.
    throw fault instanceof UserError ? fault : error;
  }
}
