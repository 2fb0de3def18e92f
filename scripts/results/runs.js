// Where trained runs are, and the command line that makes and plays them.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSweep, runOf } from '../../dist/sweep/sweep-dir.js';

export const ROOT = join(import.meta.dirname, '..', '..');
export const RUNS = join(ROOT, 'runs', 'results');

/** @param {readonly string[]} args @returns standard output; ends the process if the command fails, which has said why */
export function maddpg(args) {
  const { status, stdout, error } = spawnSync(process.execPath, [join(ROOT, 'bin', 'maddpg.js'), ...args], {
    ...{ cwd: ROOT, encoding: 'utf8', maxBuffer: 1e9 },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
  return stdout;
}

/** The folder of a part's sweep. @param {import('./tasks.js').Task} task @param {string} part */
export const sweepFolder = (task, part) => join(RUNS, task.name, part);

/** The trials of a part, each with the row that it belongs to; none before it is planned. */
export function playersOf(task, part) {
  const dir = sweepFolder(task, part);
  if (!existsSync(dir)) return [];
  const { sweep, trials } = openSweep(dir);
  const names = Object.keys(sweep.variants);
  const groups = [...new Set(trials.map(({ group }) => group))];
  return trials.map((trial) => ({
    ...{ run: runOf(dir, trial), seed: trial.seed },
    setting: names.length > 0 ? names[groups.indexOf(trial.group)] : part,
  }));
}
