/** Runs what is left of a sweep, several trials at a time. */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { rename } from '../core/rename.ts';
import { lockRun, RunInUseError } from '../run/lock.ts';
import { Schedule, type Job, type Share } from './schedule.ts';
import { setsOf } from './plan.ts';
import { configsOf, runOf, type SweepDir } from './sweep-dir.ts';
import type { Trial } from './trial.ts';
import type { TrialPool, WorkerProgress, WorkerTask } from './worker-pool.ts';

export interface SweepListeners {
  /** `trials`: how many there are to run as far as is known, `done`: how many of them have ended. */
  readonly onCount?: (done: number, trials: number) => void;
  readonly onStart?: (trial: Trial) => void;
  readonly onProgress?: (trial: Trial, progress: WorkerProgress) => void;
  readonly onEvaluation?: (
    trial: Trial,
    evaluation: { readonly step: number; readonly mean: number },
  ) => void;
  /** `problem`: why it failed, or why it begins again. `done`: it got where it should. */
  readonly onEnd?: (trial: Trial, done: boolean, problem: string | undefined) => void;
  readonly onWarning?: (trial: Trial, line: string) => void;
}

export interface RunSweepOptions extends SweepListeners {
  /** Trials at a time. */
  readonly workers: number;
  readonly share?: Share;
  /** Begin failed trials once more. */
  readonly retry?: boolean;
  /** On abort, running trials save a checkpoint and end. */
  readonly signal?: AbortSignal;
}

export interface SweepOutcome {
  /** Trials that ended well, or that no rung needs any longer. */
  readonly over: number;
  /** Trials that failed, with the reason. */
  readonly failed: readonly { readonly trial: Trial; readonly problem: string }[];
  /** Trials of this share that others train now, or that a signal left. */
  readonly unfinished: number;
  readonly interrupted: boolean;
}

/** Trains the trials of the share that are not finished; resolves when none is left to do here. */
export async function runSweep(
  dir: SweepDir,
  pool: TrialPool,
  { workers, share = { index: 0, of: 1 }, retry = false, signal, ...listeners }: RunSweepOptions,
): Promise<SweepOutcome> {
  const schedule = new Schedule(dir, share, retry);
  /** Why trials failed that have no folder to say so. */
  const problems = new Map<string, string>();
  const problemOf = (trial: Trial): string | undefined => {
    const { state, problem } = schedule.standing(trial);
    return state === 'failed' ? (problem ?? 'for an unknown reason') : problems.get(trial.name);
  };
  const count = (): void => {
    const { trials } = schedule;
    const over = trials.filter((trial) => problemOf(trial) !== undefined || schedule.isOver(trial));
    listeners.onCount?.(over.length, trials.length);
  };
  let wake: () => void = () => undefined;
  let change = new Promise<void>((resolve) => (wake = resolve));
  const lane = async (): Promise<void> => {
    while (signal?.aborted !== true) {
      const job = schedule.next();
      if (job === undefined) {
        if (schedule.running === 0) return;
        await change;
        continue;
      }
      listeners.onStart?.(job.trial);
      const outcome = await pool.run(taskOf(dir, job), {
        onProgress: (progress) => listeners.onProgress?.(job.trial, progress),
        onEvaluation: (evaluation) => listeners.onEvaluation?.(job.trial, evaluation),
        onWarning: (line) => listeners.onWarning?.(job.trial, line),
      });
      const problem = schedule.ended(job, outcome);
      if (problem !== undefined) problems.set(job.trial.name, problem);
      const why = problem ?? (outcome.kind === 'died' ? `${outcome.problem}; it goes on` : undefined);
      listeners.onEnd?.(job.trial, outcome.kind === 'done', why);
      count();
      wake();
      change = new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const interrupt = (): void => {
    pool.interrupt();
  };
  signal?.addEventListener('abort', interrupt, { once: true });
  count();
  try {
    await Promise.all(Array.from({ length: workers }, lane));
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
  schedule.refresh();
  const { trials } = schedule;
  const failed = trials.flatMap((trial) => {
    const problem = problemOf(trial);
    return problem === undefined ? [] : [{ trial, problem }];
  });
  const over = trials.filter((trial) => problemOf(trial) === undefined && schedule.isOver(trial)).length;
  return {
    ...{ over, failed },
    unfinished: trials.length - over - failed.length,
    interrupted: signal?.aborted === true,
  };
}

/** What a worker does for a job. A run that never saved begins anew: its folder goes. */
function taskOf({ path: dir, sweep }: SweepDir, { trial, standing, until }: Job): WorkerTask {
  const run = runOf(dir, trial);
  const from = standing.trained ? 'end' : standing.saved ? 'checkpoint' : 'new';
  if (from === 'new' && standing.state !== 'waiting') discard(run);
  const { confirm, objective } = sweep;
  return {
    ...{ run, from, configs: configsOf(dir, trial), sets: setsOf(trial.keys) },
    ...(until !== undefined && { until }),
    ...(trial.phase === 'confirm' &&
      confirm !== null && {
        evaluate: { episodes: confirm.episodes, seed: confirm.test_seed, best: objective.at === 'best' },
      }),
  };
}

/** Removes a run, in one step. One that somebody trains stays, and its name tells the worker that it exists. */
function discard(run: string): void {
  const outdated = path.join(path.dirname(run), `.outdated-${randomUUID()}`);
  try {
    lockRun(run);
    rename(run, outdated);
  } catch (error) {
    // Another process was faster.
    if (error instanceof RunInUseError || !fs.existsSync(run)) return;
    throw error;
  }
  fs.rmSync(outdated, { recursive: true, force: true });
}
