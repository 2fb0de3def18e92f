/** The run directory: creates or finds the folder of a run and defines the paths in it. */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { makeFolders } from '../core/make-folders.ts';
import { kindOf, reasonOf, type FileKind } from '../core/regular-file.ts';
import { rename } from '../core/rename.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import { nameFault } from './run-name.ts';

/** A run directory is missing or cannot be created. */
export class RunDirError extends UserError {}

export interface RunDir {
  readonly name: string;
  readonly path: string;
  /** config.yaml: all keys, resolved. */
  readonly config: string;
  /** log.jsonl */
  readonly log: string;
  /** metrics.jsonl */
  readonly metrics: string;
  readonly checkpoints: string;
}

/**
 * Creates a run directory in `modelDir`, and `modelDir` if needed. An explicit name must be new; the fallback name gets a
 * suffix -2, -3, ... if taken. `fill` writes what the folder holds from the moment it appears. Throws RunDirError.
 */
export function createRunDir(
  modelDir: string,
  name: string | null,
  fallbackName: string,
  fill: (dir: string) => void = () => undefined,
): RunDir {
  const fault = nameFault(name ?? fallbackName, process.platform === 'win32');
  if (fault !== undefined) throw new RunDirError(`--name: ${fault}`);
  makeModelDir(modelDir);
  if (name !== null) {
    const dir = path.join(modelDir, name);
    if (makeNew(dir, fill)) return runDirAt(dir);
    const hint = fs.existsSync(runDirAt(dir).checkpoints)
      ? `choose another --name, or resume it with --resume ${shellQuote(dir)}`
      : `it has no checkpoint to resume from: choose another --name, or delete ${shellQuote(dir)} if it no longer runs`;
    throw new RunDirError(`--name: expected a new run, got '${name}', which exists; ${hint}`);
  }
  for (let n = 1; ; n++) {
    const dir = path.join(modelDir, n === 1 ? fallbackName : `${fallbackName}-${n}`);
    if (makeNew(dir, fill)) return runDirAt(dir);
  }
}

/** Opens a run given its folder, its `checkpoints` folder or a checkpoint. Throws RunDirError. */
export function openRunDir(at: string): RunDir {
  const kind = kindAt(at);
  if (kind === undefined) throw new RunDirError(`${at}: expected a run folder, got no such folder`);
  // Outermost first: checkpoints have a config.yaml too.
  const candidates = [path.join(at, '..', '..'), path.join(at, '..'), at];
  const dir = candidates.find((candidate) => {
    const below = path.relative(candidate, at).split(path.sep);
    return (
      (candidate === at || below[0] === 'checkpoints') && kindAt(runDirAt(candidate).config) !== undefined
    );
  });
  if (dir === undefined) {
    throw new RunDirError(
      `${at}: expected a run folder with config.yaml, got a ${kind === 'folder' ? 'folder' : 'file'} without one`,
    );
  }
  return runDirAt(dir);
}

function runDirAt(dir: string): RunDir {
  return {
    name: path.basename(path.resolve(dir)),
    path: dir,
    config: path.join(dir, 'config.yaml'),
    log: path.join(dir, 'log.jsonl'),
    metrics: path.join(dir, 'metrics.jsonl'),
    checkpoints: path.join(dir, 'checkpoints'),
  };
}

function makeModelDir(modelDir: string): void {
  try {
    makeFolders(path.resolve(modelDir));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const got = code === 'EEXIST' || code === 'ENOTDIR' ? 'a file' : String(code);
    throw new RunDirError(`--model-dir: expected a writable folder, got ${got}: ${modelDir}`, {
      cause: error,
    });
  }
}

/** Creates the folder, filled, in one step; false if it exists. So two runs never share one. */
function makeNew(dir: string, fill: (dir: string) => void): boolean {
  if (fs.existsSync(dir)) return false;
  const made = path.join(path.dirname(dir), `.new-${randomUUID()}`);
  try {
    fs.mkdirSync(made);
    fill(made);
    rename(made, dir);
    return true;
  } catch (error) {
    fs.rmSync(made, { recursive: true, force: true });
    if (error instanceof RunDirError) throw error;
    if (fs.existsSync(dir)) return false; // somebody else was faster
    const { code } = error as NodeJS.ErrnoException;
    throw new RunDirError(`${dir}: expected to create a folder, got ${String(code)}`, {
      cause: error,
    });
  }
}

/** What is at a path; undefined if nothing is. Throws RunDirError if the path cannot be followed. */
function kindAt(at: string): FileKind | undefined {
  try {
    return kindOf(at);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new RunDirError(`${at}: expected a run folder, got ${reason}`, { cause: error });
  }
}
