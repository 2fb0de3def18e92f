// Trains a part of a task as a sweep, evaluates its trials, and writes down what came of them.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { packagedSweeps, resolveConfigPath } from '../../dist/config/source.js';
import { readRun } from '../../dist/report/read-runs.js';
import { openSweep } from '../../dist/sweep/sweep-dir.js';
import { listRuns } from '../../dist/run/list.js';
import { standingsOf } from './cross.js';
import { fingerprint, rounded, writeRaw } from './raw.js';
import { maddpg, playersOf, ROOT, RUNS, sweepFolder } from './runs.js';
import { configOf, EPISODES, SEEDS, STUDIES, sweepOf } from './tasks.js';

/** Most points of a curve. */
const POINTS = 40;

/** @param {import('./tasks.js').Task} task @param {string} part */
export function trainPart(task, part) {
  if (!task.parts.includes(part)) return;
  const dir = sweepFolder(task, part);
  const file = sweepFile(task, part);
  if (!existsSync(dir)) maddpg(['sweep', 'plan', file, '--dir', dir]);
  requirePresent(dir, file);
  process.stderr.write(`${task.name}, ${part}\n`);
  maddpg(['sweep', 'run', dir]);
  const players = playersOf(task, part);
  const against = task.opposed && STUDIES.includes(part) ? standingsOf(players, opponentsOf(task, part)) : [];
  const lines = players.map(({ run, setting, seed }, k) => ({
    ...{ setting, seed, ...outcome(run) },
    ...(part === 'ours' && { config: fingerprint(resolveConfigPath(task.config, ROOT)) }),
    ...(against[k] && { against: against[k] }),
  }));
  writeRaw(task.name, part, lines);
}

/** Ours; none for the study of memory, whose environments hide velocities. @param {import('./tasks.js').Task} task @param {string} part */
function opponentsOf(task, part) {
  return part === 'memory' ? [] : playersOf(task, 'ours');
}

/** @param {import('./tasks.js').Task} task @param {string} part */
function sweepFile(task, part) {
  const sweep = sweepOf(task, part);
  if (sweep === undefined) return `sweeps/${part}/${task.name}.yaml`;
  const file = join(RUNS, `${task.name}-${part}.yaml`);
  mkdirSync(RUNS, { recursive: true });
  writeFileSync(file, stringify(sweep));
  return file;
}

/** Throws if a sweep was planned with other keys than its file and configurations have now. */
function requirePresent(dir, file) {
  const sources = new Map([[join(dir, 'sweep.yaml'), resolveConfigPath(file, ROOT, packagedSweeps())]]);
  for (const names of openSweep(dir).sweep.configs)
    for (const name of names) {
      const source = resolveConfigPath(name, ROOT);
      sources.set(join(dir, 'configs', basename(source)), source);
    }
  for (const [copy, source] of sources)
    if (fingerprint(copy) !== fingerprint(source))
      throw new Error(`${copy}: expected the keys of ${source}, got others; remove ${dir} to train them`);
}

/** A line of raw results: what a finished run earns, and its curve. @param {string} run */
function outcome(run) {
  const [{ state }] = listRuns([run]).runs;
  if (state !== 'finished') throw new Error(`${run}: expected a finished run, got one that is ${state}`);
  const file = join(run, 'evaluation.json');
  if (!existsSync(file)) {
    const text = maddpg(['eval', '--checkpoint', run, '--episodes', `${EPISODES}`, '--json']);
    writeFileSync(file, text);
  }
  const { policy, step } = JSON.parse(readFileSync(file, 'utf8'));
  const { metrics } = readRun(run).run;
  return {
    ...{ steps: step, seconds: rounded(metrics.wall_s.at(-1), 1) },
    ...returnsOf(policy),
    curve: curveOf(metrics),
  };
}

/** Returns in a summary of `maddpg eval`. */
export function returnsOf({ mean, std, per_team }) {
  const teams = Object.entries(per_team).map(([team, own]) => [team, rounded(own.mean)]);
  return { mean: rounded(mean), std: rounded(std), teams: Object.fromEntries(teams) };
}

/** The evaluations during training: few points, as a curve in a page needs no more. */
function curveOf(metrics) {
  const returns = metrics['test/episode_return_mean'];
  const points = [...returns.keys()].filter((k) => !Number.isNaN(returns[k]));
  const every = Math.ceil(points.length / POINTS);
  const kept = points.filter((_, k) => (points.length - 1 - k) % every === 0);
  return { steps: kept.map((k) => metrics.step[k]), mean: kept.map((k) => rounded(returns[k], 2)) };
}

/** Trains seed 101 of ours once more, alone on the machine: what a user waits for. @param {import('./tasks.js').Task} task */
export function timeAlone(task) {
  const dir = join(RUNS, task.name, 'time');
  rmSync(dir, { recursive: true, force: true });
  const args = [
    'train',
    '--config',
    task.config,
    '--seed',
    `${SEEDS[0]}`,
    '--model-dir',
    dir,
    '--quiet',
    '--json',
  ];
  const { wall_s, updates, steps } = JSON.parse(maddpg(args));
  writeRaw(task.name, 'time', [{ setting: task.agent, steps, updates, seconds: rounded(wall_s, 1) }]);
}

/** Plays the policies that nobody trained. @param {import('./tasks.js').Task} task */
export function playUntrained(task) {
  const { continuous_action } = configOf(task.config);
  const lines = ['random', 'noop', 'scripted'].map((setting) => {
    const env = ['--env', task.id, '--set', `continuous_action=${continuous_action}`];
    const text = maddpg(['eval', ...env, '--policy', setting, '--episodes', `${EPISODES}`, '--json']);
    return { setting, ...returnsOf(JSON.parse(text).policy) };
  });
  writeRaw(task.name, 'untrained', lines);
}
