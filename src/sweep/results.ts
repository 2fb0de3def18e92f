/** What came of a sweep, read from its folder: the results of its trials, and what is left to do. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { kindOf, readRegularFile } from '../core/regular-file.ts';
import { UserError } from '../core/user-error.ts';
import type { ReturnSummary } from '../evaluate/returns.ts';
import { readRun } from '../report/read-runs.ts';
import { Schedule } from './schedule.ts';
import { EVALUATION, type Standing } from './standing.ts';
import { runOf, type SweepDir } from './sweep-dir.ts';
import type { TrialResult } from './table.ts';
import type { Trial } from './trial.ts';

/** A trial that is to run and has not finished. */
export interface OpenTrial {
  readonly trial: string;
  readonly state: Exclude<Standing['state'], 'finished'>;
  /** Why it failed. */
  readonly problem: string | undefined;
}

export interface SweepResults {
  readonly results: readonly TrialResult[];
  readonly open: readonly OpenTrial[];
}

/** Reads the results; trials may be running meanwhile. Throws UserError if a file of a trial is damaged. */
export function sweepResults(dir: SweepDir): SweepResults {
  const schedule = new Schedule(dir, { index: 0, of: 1 }, false);
  const results = dir.trials.map((trial): TrialResult => {
    const run = runOf(dir.path, trial);
    return {
      trial,
      finished: schedule.standing(trial).state === 'finished',
      run: fs.existsSync(path.join(run, 'config.yaml')) ? readRun(run).run : undefined,
      evaluation: readEvaluation(path.join(run, EVALUATION)),
    };
  });
  const { trials } = schedule;
  const under = trials.filter((trial) => !schedule.isOver(trial));
  const next = dueNow(schedule);
  const open = trials.flatMap((trial): OpenTrial[] => {
    const { state, problem } = schedule.standing(trial);
    const left = state === 'failed' || under.includes(trial) || next.includes(trial);
    return state === 'finished' || !left ? [] : [{ trial: trial.name, state, problem }];
  });
  return { results, open };
}

/** Trials that could go on at once, those that wait for promotion among them. */
function dueNow(schedule: Schedule): Trial[] {
  const due: Trial[] = [];
  for (let job = schedule.next(); job !== undefined; job = schedule.next()) due.push(job.trial);
  return due;
}

/** Longest evaluation that is read, in bytes. */
const LONGEST = 16e6;

/** The policy's returns in what `maddpg eval --json` printed; undefined without the file. */
function readEvaluation(file: string): ReturnSummary | undefined {
  if (kindOf(file) === undefined) return undefined;
  let policy: Partial<ReturnSummary> | undefined;
  try {
    const text = new TextDecoder().decode(readRegularFile(file, LONGEST));
    policy = (JSON.parse(text) as { policy?: Partial<ReturnSummary> } | null)?.policy;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const whole =
    typeof policy?.mean === 'number' &&
    typeof policy.per_team === 'object' &&
    typeof policy.per_agent === 'object';
  if (whole) return policy as ReturnSummary;
  throw new UserError(
    `${file}: expected what maddpg eval --json prints, got something else; remove it, and maddpg sweep run evaluates again`,
  );
}
