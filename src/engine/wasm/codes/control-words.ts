/**
 * Byte addresses of the words through which threads coordinate (assembly/index.ts), on cache lines of their own so that
 * spinning on one does not slow down another. Plain integer constants: AssemblyScript compiles this file too.
 */

/** Sections opened so far, times 16, plus the number of claimed shares of the latest. Workers sleep on it. */
export const CLAIM = 64;
/** Shares finished, over all runs. The main thread sleeps on it. */
export const FINISHED = 128;
/** The open section: address of its tape, its own address, its number of shares, and the section after it. */
export const TAPE = 192;
export const SECTION = 196;
export const SHARES = 200;
export const NEXT = 204;
/** Nonzero: stop waiting and exit. */
export const ABORTED = 256;
/** Sleeping workers. */
export const ASLEEP = 320;
