/**
 * The results of a sweep: one row per group, from its trials as results.ts reads them. Search and confirmation are tables of their
 * own, because the scores that selected a setting overestimate it. table-formats.ts writes them.
 */
import type { ReturnSummary } from '../evaluate/returns.ts';
import { pointsOf } from '../report/curves.ts';
import { environmentOf, textOf } from '../report/groups.ts';
import { parseMetric } from '../report/metric-names.ts';
import type { KeyValue, Run } from '../report/run.ts';
import { statisticsOf, type Statistics } from '../report/scores.ts';
import type { Halving, Objective, Trial } from './trial.ts';

/** A trial and what became of it. */
export interface TrialResult {
  readonly trial: Trial;
  readonly finished: boolean;
  /** Its metrics; undefined if there are none yet. */
  readonly run: Run | undefined;
  /** The returns of a confirmed trial on fresh episodes. */
  readonly evaluation: ReturnSummary | undefined;
}

/** A trial's score, and what it took. */
export interface TrialScore {
  readonly trial: string;
  readonly seed: number;
  readonly score: number;
  /** By team, if there are several. */
  readonly teams: Readonly<Record<string, number>>;
  /** Of training. */
  readonly seconds: number;
  readonly steps: number;
}

export interface TableRow {
  readonly group: string;
  /** Keys that differ between groups; those that a group does not set are missing. */
  readonly keys: Readonly<Record<string, KeyValue>>;
  readonly finished: number;
  /** Trials of the group. */
  readonly seeds: number;
  /** Of finished trials; of a group without one, those at the last rung that all have reached. */
  readonly scores: readonly TrialScore[];
  /** null without scores. */
  readonly statistics: Statistics | null;
  readonly teams: Readonly<Record<string, Statistics>>;
  /** Medians; null without scores. */
  readonly seconds: number | null;
  readonly steps: number | null;
}

export interface SweepTable {
  readonly objective: Objective;
  /** Names of the differing keys, `config` for the configuration files. */
  readonly keys: readonly string[];
  /** Names of teams. */
  readonly teams: readonly string[];
  /** Best first, within each environment; groups that went further come first. */
  readonly search: readonly TableRow[];
  /** The same of confirmed groups. */
  readonly confirmed: readonly TableRow[];
}

/** Keys that tell the trials of a group apart, not groups. */
const OF_TRIALS = ['seed', 'env_seed'];

export function sweepTable(
  results: readonly TrialResult[],
  objective: Objective,
  halving: Halving | null = null,
): SweepTable {
  const keys = differing(results.map(({ trial }) => trial));
  const rowsOf = (phase: Trial['phase']): TableRow[] => {
    const own = results.filter(({ trial }) => trial.phase === phase);
    const groups = [...new Set(own.map(({ trial }) => trial.group))].map((group) =>
      own.filter(({ trial }) => trial.group === group),
    );
    // Unknown for a group that has not begun.
    const environments = [...new Set(groups.map(environmentIn)), undefined];
    return groups
      .map((trials) => ({
        row: rowOf(trials, keys, objective, halving),
        environment: environments.lastIndexOf(environmentIn(trials)),
      }))
      .sort((a, b) => a.environment - b.environment || better(a.row, b.row))
      .map(({ row }) => row);
  };
  const search = rowsOf('search');
  const confirmed = rowsOf('confirm').filter(({ scores }) => scores.length > 0);
  const teams = [...new Set([...search, ...confirmed].flatMap((row) => Object.keys(row.teams)))];
  return { objective, keys, teams, search, confirmed };
}

/** Where a group's trials play; undefined as long as none has begun. */
function environmentIn(trials: readonly TrialResult[]): string | undefined {
  const run = trials.find((result) => result.run !== undefined)?.run;
  return run && environmentOf(run);
}

/** Groups that have finished first, then those that got further, then those that scored more. */
function better(a: TableRow, b: TableRow): number {
  return (
    Number(b.finished > 0) - Number(a.finished > 0) ||
    (a.finished > 0 ? 0 : (b.steps ?? -1) - (a.steps ?? -1)) ||
    (b.statistics?.iqm ?? -Infinity) - (a.statistics?.iqm ?? -Infinity) ||
    0
  );
}

function differing(trials: readonly Trial[]): string[] {
  const names = ['config', ...new Set(trials.flatMap(({ keys }) => Object.keys(keys)))];
  return names.filter(
    (name) =>
      !OF_TRIALS.includes(name) &&
      new Set(trials.map((trial) => textOf(keysOf(trial)[name] as KeyValue | undefined))).size > 1,
  );
}

/** A trial's keys, with its configuration files. */
function keysOf({ configs, keys }: Trial): Readonly<Record<string, unknown>> {
  return { config: configs.join(' '), ...keys };
}

function rowOf(
  trials: readonly TrialResult[],
  names: readonly string[],
  objective: Objective,
  halving: Halving | null,
): TableRow {
  const { trial } = trials[0]!;
  const finished = trials.filter((result) => result.finished);
  const scores = (finished.length > 0 ? finished : atRung(trials, objective, halving)).flatMap((result) =>
    scoreOf(result, objective),
  );
  const teams = [...new Set(scores.flatMap((one) => Object.keys(one.teams)))];
  const keys = keysOf(trial);
  return {
    group: trial.group,
    keys: Object.fromEntries(
      names.filter((name) => name in keys).map((name) => [name, keys[name] as KeyValue]),
    ),
    finished: finished.length,
    seeds: trials.length,
    scores,
    statistics: scores.length === 0 ? null : statisticsOf(scores.map(({ score }) => score)),
    teams: Object.fromEntries(
      teams.map((team) => [team, statisticsOf(scores.flatMap((one) => one.teams[team] ?? []))]),
    ),
    seconds: median(scores.map(({ seconds }) => seconds)),
    steps: median(scores.map(({ steps }) => steps)),
  };
}

/** The trials as they were at the last rung that all have reached; none before the first. */
function atRung(
  trials: readonly TrialResult[],
  { metric }: Objective,
  halving: Halving | null,
): TrialResult[] {
  for (const rung of [...(halving?.steps ?? [])].reverse()) {
    const counts = trials.map(({ run }) => (run ? recordsUpTo(run, metric, rung) : undefined));
    if (counts.includes(undefined)) continue;
    return trials.map((result, k) => ({ ...result, run: cutAt(result.run!, counts[k]!) }));
  }
  return [];
}

/** Records up to the evaluation at which a run pauses: the first from `rung` steps on. undefined before it. */
function recordsUpTo({ metrics }: Run, metric: string, rung: number): number | undefined {
  const k =
    metrics[metric]?.findIndex((value, i) => metrics['step']![i]! >= rung && Number.isFinite(value)) ?? -1;
  return k < 0 ? undefined : k + 1;
}

function cutAt(run: Run, count: number): Run {
  const columns = Object.entries(run.metrics).map(([name, column]) => [name, column.slice(0, count)]);
  return { ...run, metrics: Object.fromEntries(columns) as Run['metrics'] };
}

/** The score of a trial, if it has one. */
function scoreOf({ trial, run, evaluation }: TrialResult, { metric, at }: Objective): TrialScore[] {
  if (run === undefined) return [];
  const base = { trial: trial.name, seed: trial.seed, ...lengthOf(run) };
  if (trial.phase === 'confirm') {
    const score = evaluation && confirmedScore(evaluation, metric);
    return score === undefined ? [] : [{ ...base, score, ...teamsIn(evaluation!) }];
  }
  const { x, y } = pointsOf(run, metric, 'step');
  if (y.length === 0) return [];
  const k = at === 'last' ? y.length - 1 : y.indexOf(y.reduce((a, b) => Math.max(a, b)));
  return [{ ...base, score: y[k]!, teams: teamsAt(run, metric, x[k]!) }];
}

function lengthOf({ metrics }: Run): { readonly seconds: number; readonly steps: number } {
  return { seconds: metrics['wall_s']!.at(-1)!, steps: metrics['step']!.at(-1)! };
}

/** The test return `metric` in an evaluation: the mean, or that of its team or agent. */
function confirmedScore({ mean, per_team, per_agent }: ReturnSummary, metric: string): number | undefined {
  const { who } = parseMetric(metric);
  if (who === '') return mean;
  const team = /^team (.*)$/s.exec(who)?.[1];
  return (team === undefined ? per_agent[who] : per_team[team])?.mean;
}

function teamsIn({ per_team }: ReturnSummary): Pick<TrialScore, 'teams'> {
  const teams = Object.entries(per_team);
  return { teams: teams.length > 1 ? Object.fromEntries(teams.map(([name, { mean }]) => [name, mean])) : {} };
}

/** What each team had at the evaluation that the score is of. */
function teamsAt(run: Run, metric: string, step: number): Readonly<Record<string, number>> {
  const { base } = parseMetric(metric);
  const teams = Object.keys(run.metrics).flatMap((key): [string, number][] => {
    const parsed = parseMetric(key);
    const team = /^team (.*)$/s.exec(parsed.who)?.[1];
    if (team === undefined || parsed.base !== base) return [];
    const { x, y } = pointsOf(run, key, 'step');
    const value = y[x.indexOf(step)];
    return value === undefined ? [] : [[team, value]];
  });
  return Object.fromEntries(teams);
}

function median(numbers: readonly number[]): number | null {
  if (numbers.length === 0) return null;
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
