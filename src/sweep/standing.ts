/** How a trial stands, read from its folder alone, so that any number of processes and machines agree. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { checkpointsOf, readPointer } from '../checkpoint/layout.ts';
import { readRecords } from '../metrics/jsonl.ts';
import { listRuns } from '../run/list.ts';
import { writerOf } from '../run/lock.ts';
import { runOf } from './sweep-dir.ts';
import type { Objective, Trial } from './trial.ts';

export interface Score {
  readonly step: number;
  readonly value: number;
}

export interface Standing {
  /** `begun`: unfinished, and nobody trains it now. */
  readonly state: 'waiting' | 'begun' | 'running' | 'finished' | 'failed';
  /** Whether it has a checkpoint to go on from. */
  readonly saved: boolean;
  /** Whether it is trained to its end; a confirm trial is finished once it is evaluated, too. */
  readonly trained: boolean;
  readonly step: number;
  /** Values of the objective's metric, in order of steps. */
  readonly scores: readonly Score[];
  /** Why it failed. */
  readonly problem: string | undefined;
}

/** What `maddpg eval --json` says of a confirmed trial. */
export const EVALUATION = 'evaluation.json';

const WAITING: Standing = {
  state: 'waiting',
  saved: false,
  trained: false,
  step: 0,
  scores: [],
  problem: undefined,
};

export function standingOf(dir: string, trial: Trial, { metric }: Objective): Standing {
  const run = runOf(dir, trial);
  if (!fs.existsSync(run)) return WAITING;
  const [found] = listRuns([run]).runs;
  if (found?.run !== run) return { ...WAITING, state: writerOf(run) === undefined ? 'begun' : 'running' };
  const saved = readPointer(checkpointsOf(run), 'latest') !== null;
  const base = {
    saved,
    trained: found.state === 'finished',
    step: found.step,
    scores: scoresOf(run, metric),
    problem: found.problems[0],
  };
  switch (found.state) {
    case 'running':
      return { ...base, state: 'running' };
    case 'failed':
      return { ...base, state: 'failed' };
    case 'interrupted':
      return { ...base, state: 'begun' };
    case 'finished': {
      const confirmed = trial.phase === 'search' || fs.existsSync(path.join(run, EVALUATION));
      return { ...base, state: confirmed ? 'finished' : 'begun' };
    }
  }
}

function scoresOf(run: string, metric: string): Score[] {
  return readRecords(path.join(run, 'metrics.jsonl')).records.flatMap((record) => {
    const value = record[metric];
    return value === undefined ? [] : [{ step: record['step'], value }];
  });
}

/**
 * The objective at the end, or at the first evaluation from `rung` steps on: the last value or the best so far. undefined
 * without one.
 */
export function scoreOf(scores: readonly Score[], { at }: Objective, rung = Infinity): number | undefined {
  const end = scores.findIndex(({ step }) => step >= rung);
  if (end < 0 && rung !== Infinity) return undefined;
  const values = scores.slice(0, end < 0 ? undefined : end + 1).map(({ value }) => value);
  return objectiveOf(values, at);
}

/** The last value, or the best: NaN only if nothing else is among them. undefined without values. */
export function objectiveOf(values: readonly number[], at: Objective['at']): number | undefined {
  if (at === 'last') return values.at(-1);
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.length > 0 ? Math.max(...numbers) : values.at(-1);
}
