/** The work of `maddpg sweep serve` and `maddpg sweep work`. */
import { availableParallelism } from 'node:os';
import { UserError } from '../core/user-error.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { counted } from '../core/units.ts';
import { queueAddress, QUEUE_VARIABLE, withoutPassword, type QueueAddress } from '../sweep/queue/address.ts';
import { connectQueue } from '../sweep/queue/connection.ts';
import { QueuePool } from '../sweep/queue/serve.ts';
import { work } from '../sweep/queue/work.ts';
import { runSweep } from '../sweep/run.ts';
import { openSweep } from '../sweep/sweep-dir.ts';
import { onSignals } from './signals.ts';
import { sweepView } from './sweep-view.ts';

export interface ServeOptions {
  readonly queue?: string;
  readonly retryFailed?: boolean;
}

export interface WorkCommandOptions {
  readonly queue?: string;
  readonly workers?: number;
  readonly lease: number;
  readonly every: number;
  readonly patience: number;
}

/** The compiled file: Node 20 starts no process from TypeScript. */
const WORKER = new URL('../../dist/cli/trial-worker.js', import.meta.url);

export async function serve(dir: string, options: ServeOptions): Promise<void> {
  const address = privateAddress(options.queue);
  const sweep = openSweep(dir);
  const view = sweepView();
  const note = onlyChanges((line) => {
    view.say(line);
  });
  await guarded(address, async () => {
    const queue = await connectQueue(address, note);
    const pool = new QueuePool(queue, dir, note);
    const controller = new AbortController();
    const release = onSignals({
      interrupt: () => {
        controller.abort();
      },
      terminate: (then) => {
        then();
      },
    });
    const started = new Set<string>();
    try {
      const { over, failed, unfinished, interrupted } = await runSweep(sweep, pool, {
        ...view,
        // A trial that is sent has not started yet.
        onStart: () => undefined,
        onProgress: (trial, progress) => {
          if (!started.has(trial.name)) view.onStart(trial);
          started.add(trial.name);
          view.onProgress(trial, progress);
        },
        ...{ workers: sweep.trials.length, retry: options.retryFailed === true, signal: controller.signal },
      });
      view.stop();
      await pool.close(!interrupted);
      process.stdout.write(
        `${counted(over, 'trial')} done, ${failed.length} failed, ${unfinished} unfinished\n`,
      );
      const again = `npx maddpg sweep serve ${shellQuote(dir)}`;
      if (failed.length > 0) {
        process.stderr.write(`retry the failed trials: ${again} --retry-failed\n`);
        process.exitCode = 1;
      }
      if (interrupted) {
        process.stderr.write(`interrupted; workers continue; collect results with: ${again}\n`);
        process.exitCode = 130;
      }
    } finally {
      view.stop();
      release();
      await pool.close(false);
      await queue.close();
    }
  });
}

export async function workFrom({ queue: given, workers, ...options }: WorkCommandOptions): Promise<void> {
  const address = privateAddress(given);
  const note = (line: string): void => {
    process.stderr.write(`${withoutPassword(line, address)}\n`);
  };
  await guarded(address, async () => {
    const queue = await connectQueue(address, onlyChanges(note));
    const controller = new AbortController();
    const release = onSignals({
      interrupt: () => {
        note('giving trials back; press Ctrl-C again to quit immediately');
        controller.abort();
      },
      terminate: (then) => {
        then();
      },
    });
    try {
      const done = await work(queue, {
        ...options,
        workerFile: WORKER,
        workers: workers ?? availableParallelism(),
        signal: controller.signal,
        note,
      });
      process.stdout.write(`trials done here: ${done}\n`);
      if (controller.signal.aborted) process.exitCode = 130;
    } finally {
      release();
      await queue.close();
    }
  });
}

/** The queue's address, out of sight of other users and of the processes that this one starts. */
function privateAddress(given: string | undefined): QueueAddress {
  const address = queueAddress(given);
  process.title = 'maddpg sweep';
  Reflect.deleteProperty(process.env, QUEUE_VARIABLE);
  return address;
}

/** Errors that nobody foresaw say nothing of the password either. */
async function guarded(address: QueueAddress, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { message, stack } = error as Error;
    const plain = new Error(withoutPassword(message, address));
    plain.stack = withoutPassword(stack ?? '', address);
    throw plain;
  }
}

/** Passes on lines that differ from the last: a lost connection says the same many times. */
function onlyChanges(say: (line: string) => void): (line: string) => void {
  let last = '';
  return (line) => {
    if (line !== last) say(line);
    last = line;
  };
}
