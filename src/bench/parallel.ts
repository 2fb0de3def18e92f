/**
 * Seeds side by side: the throughput of several single-threaded runs, in processes or in worker threads of one
 * process. Several sessions on one engine share its thread, and so would only take turns.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { UserError } from '../core/user-error.ts';

/** How runs are kept apart. */
export type RunsAs = 'processes' | 'threads';

export interface ParallelFigure {
  readonly runs: number;
  readonly as: RunsAs;
  /** Of all runs together. */
  readonly env_steps_per_second: number;
  readonly env_steps_per_second_per_run: number;
}

export interface ParallelReport {
  readonly parallel: readonly ParallelFigure[];
  /** The fewest runs with the most steps per second, within 3 %. */
  readonly best: Pick<ParallelFigure, 'runs' | 'as'>;
}

const RUNS = [1, 2, 4, 8];
/** Share by which two measurements of one setting may differ. */
const NOISE = 0.03;
/** The compiled file: Node 20 starts neither from TypeScript. */
const RUN = new URL('../../dist/bench/parallel-run.js', import.meta.url);

/** Measures every setting for so many seconds after a warm-up; `note` gets a line before each. */
export async function benchmarkParallel(
  note: (line: string) => void,
  { counts = RUNS, seconds = 3 }: { readonly counts?: readonly number[]; readonly seconds?: number } = {},
): Promise<ParallelReport> {
  const parallel: ParallelFigure[] = [];
  for (const runs of counts)
    for (const as of ['processes', 'threads'] as const) {
      note(`${runs} ${runs === 1 ? 'run' : 'runs'} as ${as}`);
      parallel.push(await measureRuns(runs, as, seconds));
    }
  return { parallel, best: bestOf(parallel) };
}

/** The first setting, of the fewest runs, whose steps per second are the most but for noise. */
export function bestOf(figures: readonly ParallelFigure[]): ParallelReport['best'] {
  const most = Math.max(...figures.map(({ env_steps_per_second }) => env_steps_per_second));
  const { runs, as } = figures.find(
    ({ env_steps_per_second }) => env_steps_per_second >= (1 - NOISE) * most,
  )!;
  return { runs, as };
}

/** All runs warm up first, then measure at the same time. */
async function measureRuns(count: number, as: RunsAs, seconds: number): Promise<ParallelFigure> {
  const runs = Array.from({ length: count }, () => startRun(as));
  try {
    await Promise.all(runs.map(({ next }) => next()));
    const rates = runs.map(({ next }) => next());
    for (const run of runs) run.begin(seconds);
    const sum = (await Promise.all(rates)).reduce<number>((total, rate) => total + Number(rate), 0);
    return { runs: count, as, env_steps_per_second: sum, env_steps_per_second_per_run: sum / count };
  } finally {
    for (const run of runs) run.end();
  }
}

interface Run {
  /** Its next message. Throws UserError (exit code 1) if it ends first. */
  readonly next: () => Promise<unknown>;
  /** Lets it measure for so many seconds. */
  readonly begin: (seconds: number) => void;
  readonly end: () => void;
}

function startRun(as: RunsAs): Run {
  if (as === 'threads') {
    const worker = new Worker(RUN);
    return {
      next: () => messageOf(worker),
      begin: (seconds) => {
        worker.postMessage(seconds);
      },
      end: () => void worker.terminate(),
    };
  }
  const child = fork(fileURLToPath(RUN), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return {
    next: () => messageOf(child),
    begin: (seconds) => {
      child.send(seconds);
    },
    end: () => void child.kill(),
  };
}

async function messageOf(run: NodeJS.EventEmitter): Promise<unknown> {
  const aborted = new AbortController();
  const { signal } = aborted;
  const ended = once(run, 'exit', { signal }).then(([code]: unknown[]): never => {
    throw new UserError(
      `bench: expected a figure of every run, got one that ended (exit code ${String(code)})`,
      {
        exitCode: 1,
      },
    );
  });
  try {
    const [message] = (await Promise.race([once(run, 'message', { signal }), ended])) as unknown[];
    return message;
  } finally {
    aborted.abort();
    ended.catch(() => undefined); // aborted: nobody waits for it any more
  }
}
