/**
 * The run directory: where everything that a run writes has its place. It makes and finds the folder and knows
 * the paths; the files belong to config, metrics, log and checkpoint.
 */
import { algorithmNames } from '../config/derived.ts';
import type { Config } from '../config/keys.ts';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { UserError } from '../core/user-error.ts';

/** A run directory that cannot be made or is not there; the text says what to type instead. */
export class RunDirError extends UserError {}

export interface RunDir {
  readonly name: string;
  readonly path: string;
  /** config.yaml: every key, resolved. */
  readonly config: string;
  /** log.jsonl */
  readonly log: string;
  readonly checkpoints: string;
}

/**
 * Makes a new run directory in `modelDir` (which is made too). A name that the user gave must be free; the
 * fallback name gets -2, -3 ... until it is. Throws RunDirError.
 */
export function createRunDir(modelDir: string, name: string | null, fallbackName: string): RunDir {
  checkName(name ?? fallbackName);
  makeModelDir(modelDir);
  if (name !== null) {
    const dir = path.join(modelDir, name);
    if (makeNew(dir)) return runDirAt(dir);
    throw new RunDirError(
      `--name: expected a new run, got '${name}', which exists; choose another --name, or continue it with --resume ${dir}`,
    );
  }
  for (let n = 1; ; n++) {
    const dir = path.join(modelDir, n === 1 ? fallbackName : `${fallbackName}-${n}`);
    if (makeNew(dir)) return runDirAt(dir);
  }
}

/** What a run is called that was given no name: by its algorithm, its environment and its seed. */
export function defaultRunName({ agent, env_id, seed }: Pick<Config, 'agent' | 'env_id' | 'seed'>): string {
  const environment = path.basename(env_id).replace(/\.[cm]?[jt]s$/, '');
  return `${algorithmNames({ agent }).join('-').toLowerCase()}-${environment}-seed${seed}`;
}

/** The run directory that a run, its `checkpoints` folder or one of its checkpoints lies in. Throws RunDirError. */
export function openRunDir(at: string): RunDir {
  if (!fs.existsSync(at)) throw new RunDirError(`${at}: expected a run folder, got no such folder`);
  // From the outside in: a checkpoint has a config.yaml of its own.
  const candidates = [path.join(at, '..', '..'), path.join(at, '..'), at];
  const dir = candidates.find((candidate) => {
    const below = path.relative(candidate, at).split(path.sep);
    return (candidate === at || below[0] === 'checkpoints') && fs.existsSync(runDirAt(candidate).config);
  });
  if (dir === undefined) {
    throw new RunDirError(`${at}: expected a run folder with config.yaml, got a ${kindOf(at)} without one`);
  }
  return runDirAt(dir);
}

function runDirAt(dir: string): RunDir {
  return {
    name: path.basename(path.resolve(dir)),
    path: dir,
    config: path.join(dir, 'config.yaml'),
    log: path.join(dir, 'log.jsonl'),
    checkpoints: path.join(dir, 'checkpoints'),
  };
}

function checkName(name: string): void {
  const plain = name !== '' && name !== '.' && name !== '..' && name.trim() === name;
  // eslint-disable-next-line no-control-regex -- control characters are what the pattern is about
  if (plain && !/[/\\\u0000-\u001f\u007f]/.test(name) && name.length <= 200) return;
  throw new RunDirError(
    `--name: expected a folder's name of at most 200 characters without / and \\, got ${JSON.stringify(name)}`,
  );
}

function makeModelDir(modelDir: string): void {
  try {
    makeFolders(path.resolve(modelDir));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const got = code === 'EEXIST' || code === 'ENOTDIR' ? 'a file' : String(code);
    throw new RunDirError(`--model-dir: expected a folder that can be written to, got ${got}: ${modelDir}`, {
      cause: error,
    });
  }
}

/** Parents first. Not mkdir's own `recursive`, which never ends where a parent refuses children with ENOENT (/proc). */
function makeFolders(dir: string): void {
  if (fs.statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return;
  makeFolders(path.dirname(dir));
  try {
    fs.mkdirSync(dir);
  } catch (error) {
    // Another run may have made it meanwhile, which is as good.
    if (!fs.statSync(dir, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** Makes the folder, or says that the name is taken: in one step, so that two runs never share one. */
function makeNew(dir: string): boolean {
  try {
    fs.mkdirSync(dir);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new RunDirError(`${dir}: expected a place where a folder can be made, got ${String(code)}`, {
      cause: error,
    });
  }
}

function kindOf(at: string): string {
  return fs.statSync(at).isDirectory() ? 'folder' : 'file';
}
