/** What a report draws, as files for other programs: CSV, JSON, and the JSON of marl-eval. */
import { UserError } from '../core/user-error.ts';
import { VERSION } from '../version.ts';
import { csvCell } from '../metrics/csv-table.ts';
import { groupCurve, pointsOf, type GroupCurve } from './curves.ts';
import { environmentName, groupRuns, splitKeys, textOf, type Group } from './groups.ts';
import { metricKey, metricKeys, parseMetric, TEST_RETURN } from './metric-names.ts';
import type { ReportData, Run } from './run.ts';
import { scaleOf, scoreTable } from './scores.ts';

const COLUMNS = ['environment', 'group', 'run', 'metric', 'step', 'value', 'low', 'high', 'runs'];

/**
 * One line per value: of runs as recorded; of groups, where `run` is empty, the interquartile mean with its 95 % interval
 * and the number of runs.
 */
export function csvOf({ runs }: ReportData): string {
  const lines = [COLUMNS.join(',')];
  for (const group of groupRuns(runs)) {
    const head = [environmentName(group.runs[0]!), group.label];
    const add = (...cells: readonly (string | number)[]): void => {
      lines.push([...head, ...cells].map(csvCell).join(','));
    };
    for (const metric of metricKeys(group.runs)) {
      for (const run of group.runs) {
        const { x, y } = pointsOf(run, metric, 'step');
        for (const [k, step] of x.entries()) add(run.name, metric, step, y[k]!, '', '', '');
      }
      const { x, mean, low, high, count } = curveOf(group, metric);
      for (const [k, step] of x.entries()) add('', metric, step, mean[k]!, low[k]!, high[k]!, count[k]!);
    }
  }
  return `${lines.join('\n')}\n`;
}

function curveOf({ runs }: Group, metric: string): GroupCurve {
  return groupCurve(runs.map((run) => pointsOf(run, metric, 'step')).filter(({ x }) => x.length > 0));
}

/** Groups with their scores (of the last test return), curves and runs; and the baselines. */
export function jsonOf({ runs, baselines }: ReportData): string {
  const groups = groupRuns(runs).map((group) => ({
    environment: environmentName(group.runs[0]!),
    group: group.label,
    keys: splitKeys(group.runs[0]!).shared,
    scores: scoresByWho(group, baselines),
    curves: Object.fromEntries(metricKeys(group.runs).map((key) => [key, curveOf(group, key)])),
    runs: group.runs.map((run) => ({
      ...{ name: run.name, path: run.path, seed: run.keys['seed'] ?? null, keys: splitKeys(run).own },
      metrics: Object.fromEntries(metricKeys([run]).map((key) => [key, pointsOf(run, key, 'step')])),
    })),
    baseline: baselines[group.environment] ?? null,
  }));
  return `${JSON.stringify({ maddpg: VERSION, groups })}\n`;
}

/** The score of a group by whose return it is, as recorded and normalised where possible. */
function scoresByWho(group: Group, baselines: ReportData['baselines']): Record<string, unknown> {
  const keys = metricKeys(group.runs).map((key) => ({ key, ...parseMetric(key) }));
  return Object.fromEntries(
    keys
      .filter(({ base }) => base === TEST_RETURN)
      .map(({ key, who }) => {
        const scale = scaleOf(baselines[group.environment], who);
        const of = (normalise: boolean): unknown => {
          const row = scoreTable([group], { key, scale: normalise ? scale : undefined })[0];
          if (row === undefined) return null;
          const { iqm, interval, worst, best, gap, runs } = row;
          return { iqm, interval, worst, best, gap, runs };
        };
        return [who === '' ? 'all' : who, { return: of(false), normalised: scale ? of(true) : null }];
      }),
  );
}

/**
 * marl-eval's structure: environment, task, algorithm, run, step. It wants the same steps of all runs, so steps that a run
 * of the environment lacks are left out. Its absolute metric is the best evaluation, as no other is recorded.
 * @throws UserError if the runs of an environment have no step in common
 */
export function marlEvalOf({ runs }: ReportData): string {
  const out: Record<string, Record<string, Record<string, Record<string, unknown>>>> = {};
  const groups = groupRuns(runs);
  for (const group of groups) {
    const rivals = groups.filter(({ environment }) => environment === group.environment);
    const steps = commonSteps(rivals.flatMap((one) => one.runs));
    const task = environmentName(group.runs[0]!);
    if (steps.length === 0)
      throw new UserError(
        `--marl-eval: expected runs evaluated at the same steps, got none in common in ${task}`,
      );
    const tasks = (out[textOf(group.runs[0]!.keys['env_name'])] ??= {});
    (tasks[task] ??= {})[group.label] = Object.fromEntries(
      group.runs.map((run) => [runName(run, group), evaluations(run, steps)]),
    );
  }
  return `${JSON.stringify(out, null, 1)}\n`;
}

function testReturn(run: Run): { readonly x: readonly number[]; readonly y: readonly number[] } {
  return pointsOf(run, metricKey([run], { base: TEST_RETURN, who: '' }) ?? TEST_RETURN, 'step');
}

function commonSteps(runs: readonly Run[]): number[] {
  const [first, ...others] = runs.map((run) => testReturn(run).x);
  return first!.filter((step) => others.every((steps) => steps.includes(step)));
}

function evaluations(run: Run, steps: readonly number[]): Record<string, unknown> {
  const { x, y } = testReturn(run);
  const values = steps.map((step) => y[x.indexOf(step)]!);
  return {
    ...Object.fromEntries(steps.map((step, k) => [`step_${k}`, { step_count: step, return: [values[k]!] }])),
    absolute_metrics: { return: [Math.max(...values)] },
  };
}

function runName(run: Run, { runs }: Group): string {
  const { seed = null } = run.keys;
  const unique = seed !== null && runs.filter(({ keys }) => keys['seed'] === seed).length === 1;
  if (unique) return `seed_${textOf(seed)}`;
  return runs.filter(({ name }) => name === run.name).length === 1 ? run.name : run.path;
}
