/**
 * The folder of a sweep:
 *
 *     sweep.yaml       the sweep file as it was given; written last, so a folder that has it is whole
 *     trials.jsonl     the trials, a line each
 *     configs/         the configurations that trials start from
 *     trials/<name>/   the run directory of a trial, once it has begun
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { makeFolders } from '../core/make-folders.ts';
import { kindOf, reasonOf } from '../core/regular-file.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import type { Plan } from './plan.ts';
import { readSweep } from './sweep-file.ts';
import type { Sweep, Trial } from './trial.ts';

const FILE = 'sweep.yaml';
const TRIALS = 'trials.jsonl';

export interface SweepDir {
  readonly path: string;
  readonly sweep: Sweep;
  readonly trials: readonly Trial[];
}

/** Whether a folder is that of a sweep. */
export function isSweep(dir: string): boolean {
  return kindOf(path.join(dir, FILE)) === 'file' && kindOf(path.join(dir, TRIALS)) === 'file';
}

/** The run directories of a sweep's trials. */
export function trialsFolder(dir: string): string {
  return path.join(dir, 'trials');
}

/** The paths, those of sweeps replaced by the folders of their trials. */
export function withTrials(paths: readonly string[]): string[] {
  return paths.map((at) => (isSweep(at) ? trialsFolder(at) : at));
}

export function runOf(dir: string, { name }: Pick<Trial, 'name'>): string {
  return path.join(trialsFolder(dir), name);
}

/** Files of a trial's configuration, in order. */
export function configsOf(dir: string, { configs }: Pick<Trial, 'configs'>): string[] {
  return configs.map((name) => path.join(dir, 'configs', name));
}

/**
 * Writes a plan into a new or empty folder. `flag`: the option that names it.
 * @throws UserError if it is neither, or cannot be written
 */
export function writeSweep(dir: string, text: string, { trials, configs }: Plan, flag = '--dir'): void {
  try {
    if (fs.existsSync(dir) && fs.readdirSync(dir).length > 0) {
      const hint = isSweep(dir)
        ? `run it with npx maddpg sweep run ${shellQuote(dir)}, or name another`
        : 'name another';
      throw new UserError(`${flag}: expected a new folder, got ${dir}, which has files; ${hint}`);
    }
    makeFolders(path.resolve(dir, 'configs'));
    fs.mkdirSync(trialsFolder(dir));
    for (const [name, file] of configs) fs.copyFileSync(file, path.join(dir, 'configs', name));
    fs.writeFileSync(path.join(dir, TRIALS), trials.map((trial) => `${JSON.stringify(trial)}\n`).join(''));
    fs.writeFileSync(path.join(dir, FILE), text);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new UserError(`${flag}: expected a folder that can be written, got ${reason}: ${dir}`, {
      cause: error,
    });
  }
}

/** @throws UserError if the folder holds no sweep, or a damaged one */
export function openSweep(dir: string): SweepDir {
  if (!isSweep(dir))
    throw new UserError(
      `${dir}: expected the folder of a sweep (sweep.yaml and trials.jsonl), got ` +
        `${kindOf(dir) === undefined ? 'no such folder' : 'neither'}; make one: npx maddpg sweep plan FILE`,
    );
  const file = path.join(dir, FILE);
  const sweep = readSweep(fs.readFileSync(file, 'utf8'), file);
  const lines = fs.readFileSync(path.join(dir, TRIALS), 'utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return {
    path: dir,
    sweep,
    trials: lines.map((line, k) => trialIn(line, `${path.join(dir, TRIALS)}:${k + 1}`)),
  };
}

/** Trials come from a file that anybody may have written, and their names become folders. */
function trialIn(line: string, where: string): Trial {
  let value: Partial<Record<keyof Trial, unknown>> | null;
  try {
    value = JSON.parse(line) as typeof value;
  } catch (error) {
    throw new UserError(`${where}: expected a trial, got a damaged line; plan the sweep again`, {
      cause: error,
    });
  }
  const good =
    [value?.name, value?.group].every(isPlain) &&
    (value?.phase === 'search' || value?.phase === 'confirm') &&
    Number.isSafeInteger(value.seed) &&
    Array.isArray(value.configs) &&
    value.configs.every(isPlain) &&
    typeof value.keys === 'object' &&
    value.keys !== null;
  if (!good) throw new UserError(`${where}: expected a trial, got something else; plan the sweep again`);
  return value as Trial;
}

/** Whether it is the name of a file or folder, and no path. */
function isPlain(name: unknown): boolean {
  return typeof name === 'string' && /^[\w+-][\w.+-]*$/.test(name);
}
