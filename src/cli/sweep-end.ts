/** The end of `maddpg sweep run` and `sweep serve`, and the program of their workers and of `sweep work`. */
import { counted } from '../core/units.ts';
import type { SweepOutcome } from '../sweep/run.ts';

/** The compiled file: Node 20 starts no process from TypeScript. */
export const WORKER = new URL('../../dist/cli/trial-worker.js', import.meta.url);

/**
 * Counts the trials and sets the exit code. `again`: the command that continues, and what it does `ifInterrupted`; `next`: commands
 * to suggest once trials are done.
 */
export function tellEnd(
  { over, failed, unfinished, interrupted }: SweepOutcome,
  again: string,
  { ifInterrupted, next = [] }: { readonly ifInterrupted: string; readonly next?: readonly string[] },
): void {
  process.stdout.write(`${counted(over, 'trial')} done, ${failed.length} failed, ${unfinished} unfinished\n`);
  if (over > 0 && next.length > 0) process.stdout.write(`\n${['next:', ...next].join('\n  ')}\n`);
  if (failed.length > 0) {
    process.stderr.write(`retry the failed trials: ${again} --retry-failed\n`);
    process.exitCode = 1;
  }
  if (interrupted) {
    process.stderr.write(`interrupted; ${ifInterrupted}: ${again}\n`);
    process.exitCode = 130;
  }
}
