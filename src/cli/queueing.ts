/** The work of `maddpg sweep serve` and `maddpg sweep work`. */
import { availableParallelism } from 'node:os';
import { UserError } from '../core/user-error.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { queueAddress, QUEUE_VARIABLE, withoutPassword, type QueueAddress } from '../sweep/queue/address.ts';
import { connectQueue } from '../sweep/queue/connection.ts';
import { QueuePool } from '../sweep/queue/serve.ts';
import { work } from '../sweep/queue/work.ts';
import { runSweep } from '../sweep/run.ts';
import { openSweep } from '../sweep/sweep-dir.ts';
import { onSignals } from './signals.ts';
import { tellEnd, WORKER } from './sweep-end.ts';
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
      const outcome = await runSweep(sweep, pool, {
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
      await pool.close(!outcome.interrupted);
      tellEnd(outcome, `npx maddpg sweep serve ${shellQuote(dir)}`, {
        ifInterrupted: 'workers continue; collect results with',
      });
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
  const note = onlyChanges((line) => {
    process.stderr.write(`${withoutPassword(line, address)}\n`);
  });
  await guarded(address, async () => {
    const queue = await connectQueue(address, note);
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

/** Removes the password from unexpected errors. */
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
