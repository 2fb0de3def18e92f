/** The runs in a folder: state, results and what to do next. Reads only; a run may be training meanwhile. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { checkpointsOf, readPointer } from '../checkpoint/layout.ts';
import { checkListing, readManifest } from '../checkpoint/manifest.ts';
import { stepOf } from '../checkpoint/names.ts';
import { isPlainName, manifestName } from '../checkpoint/names.ts';
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { algorithmNames } from '../config/derived.ts';
import type { Config } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import { described } from '../core/described.ts';
import { oneLine } from '../core/one-line.ts';
import { kindOf, readRegularFile, reasonOf } from '../core/regular-file.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import { recordsIn } from '../metrics/records.ts';
import { bestBy } from '../train/best-score.ts';
import type { BestEvaluation } from '../train/run-store.ts';
import { endedBy } from '../train/summary.ts';
import { bytesIn } from './bytes-in.ts';
import { NOTHING, readHistory, type History } from './history.ts';
import { writerOf } from './lock.ts';
import { decodeState, type RunState } from './state.ts';

/** `interrupted`: its process ended before the run did, by a signal or without a word. */
export type RunStatus = 'running' | 'finished' | 'interrupted' | 'failed';

export interface ListedRun {
  /** Run directory. */
  readonly run: string;
  readonly state: RunStatus;
  /** Keys of its configuration; null if config.yaml is damaged. */
  readonly agent: string | null;
  readonly env_id: string | null;
  readonly seed: number | null;
  /** Steps so far, as of the last evaluation or checkpoint, and in all. */
  readonly step: number;
  readonly steps: number | null;
  /** Evaluations in order; the last and the best of them. */
  readonly evaluations: readonly BestEvaluation[];
  readonly last: BestEvaluation | null;
  readonly best: BestEvaluation | null;
  /** The side and opponents that these returns are of; null: the mean over all agents. */
  readonly best_by: string | null;
  /** ISO dates; null without a log. */
  readonly started: string | null;
  readonly updated: string | null;
  /** Size of the run directory. */
  readonly bytes: number;
  /** Continues or evaluates the run, or begins it anew if it has no checkpoint; null if none of them can be done. */
  readonly command: string | null;
  /** Why it failed, and what is damaged. */
  readonly problems: readonly string[];
}

/** A folder that is not a run. */
export interface SkippedFolder {
  readonly path: string;
  /** What it is instead. */
  readonly reason: string;
}

export interface RunList {
  /** Newest first. */
  readonly runs: readonly ListedRun[];
  readonly skipped: readonly SkippedFolder[];
}

/** Lists runs; each folder is a run or holds some. Throws UserError for one that cannot be read. */
export function listRuns(folders: readonly string[]): RunList {
  const found = folders.flatMap((folder) => candidatesIn(folder).map(entryFor));
  const runs = found.filter((entry) => 'run' in entry);
  return {
    runs: runs.sort((a, b) => (b.started ?? '').localeCompare(a.started ?? '')),
    skipped: found.filter((entry) => 'reason' in entry),
  };
}

function candidatesIn(folder: string): string[] {
  try {
    const kind = kindOf(folder);
    if (kind !== 'folder')
      throw new UserError(
        `${folder}: expected a run or a folder of runs, got ${kind === undefined ? 'no such folder' : 'a file'}; name another`,
      );
    if (otherThanRun(folder) === undefined) return [folder];
    return fs
      .readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort()
      .map((name) => path.join(folder, name))
      .filter(isFolder);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${folder}: expected a run or a folder of runs, got ${reasonOr(error)}`, {
      cause: error,
    });
  }
}

/** What cannot be followed counts as one, to be listed with the reason. */
function isFolder(at: string): boolean {
  try {
    return kindOf(at) === 'folder';
  } catch (error) {
    reasonOr(error);
    return true;
  }
}

/** What a folder is if not a run directory. */
function otherThanRun(at: string): string | undefined {
  const has = (name: string): boolean => kindOf(path.join(at, name)) !== undefined;
  if (has(manifestName)) return 'a checkpoint; name its run';
  if (has('sweep.yaml')) return 'a sweep; name it to list its trials';
  if (!has('config.yaml'))
    return writerOf(at) === undefined ? 'a folder without config.yaml' : 'a run that has just begun';
  return has('log.jsonl') || has('checkpoints') ? undefined : 'a folder without log.jsonl and checkpoints';
}

function entryFor(at: string): ListedRun | SkippedFolder {
  try {
    const reason = otherThanRun(at);
    return reason === undefined ? runAt(at) : { path: at, reason };
  } catch (error) {
    return { path: at, reason: reasonOr(error) };
  }
}

/** A reason of the file system; rethrows all else. */
function reasonOr(error: unknown): string {
  const reason = reasonOf(error);
  if (reason === undefined) throw error;
  return reason;
}

function runAt(run: string): ListedRun {
  const problems: string[] = [];
  /** What `read` returns; undefined, with a problem, if the file is damaged. */
  const tried = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.faults.slice(0, 1));
      return undefined;
    }
  };
  const config = tried(() => loadConfig({ file: path.join(run, 'config.yaml'), recorded: true }).config);
  const history = tried(() => historyOf(run)) ?? NOTHING;
  const state = tried(() => newestState(run));
  tried(() => {
    requireMetrics(run);
  });
  // A checkpoint that is being replaced may be gone for a moment.
  const written = writerOf(run) !== undefined;
  if (state && !written)
    tried(() => {
      requireCheckpoint(run);
    });
  const over = config && state && endedBy(config, state) !== undefined;
  const status = statusOf(history, written, over === true);
  if (status === 'failed') problems.unshift(history.failure!);
  const { evaluations, started, updated } = history;
  return {
    run,
    state: status,
    agent: config ? algorithmNames(config).join(', ') : null,
    env_id: config?.env_id ?? null,
    seed: config?.seed ?? null,
    step: Math.max(history.step, state?.step ?? 0),
    steps: config?.running_steps ?? null,
    evaluations,
    last: evaluations.at(-1) ?? null,
    best: bestOf(evaluations) ?? state?.best ?? null,
    best_by: (config && bestBy(config)) ?? null,
    started: dateOf(started),
    updated: dateOf(updated),
    bytes: bytesIn(run),
    command: commandFor(run, status, { config, over: over === true, saved: state !== null }),
    problems: problems.map(oneLine),
  };
}

/** The history in log.jsonl; an empty one without it. */
function historyOf(run: string): History {
  const file = path.join(run, 'log.jsonl');
  if (kindOf(file) === undefined) return NOTHING;
  try {
    return readHistory(file);
  } catch (error) {
    throw new UserError(`${file}: expected a log, got ${reasonOr(error)}`, { cause: error });
  }
}

/** Largest metrics.jsonl that is read, in bytes. */
const LARGEST_METRICS = 2 ** 28;

/** Throws UserError if metrics.jsonl, which reports are drawn from, is missing or damaged. */
function requireMetrics(run: string): void {
  const file = path.join(run, 'metrics.jsonl');
  let bytes;
  try {
    bytes = readRegularFile(file, LARGEST_METRICS);
  } catch (error) {
    throw new UserError(`${file}: expected the metrics of a run, got ${reasonOr(error)}`, { cause: error });
  }
  const { damaged } = recordsIn(new TextDecoder().decode(bytes));
  if (damaged > 0) throw new UserError(`${file}: expected a record in every line, got ${damaged} damaged`);
}

/** Throws CheckpointError if a file of the newest checkpoint is missing or of another size; contents are not read. */
function requireCheckpoint(run: string): void {
  const dir = checkpointsOf(run);
  const latest = readPointer(dir, 'latest');
  // Removed since it was read.
  if (latest === null) return;
  const folder = path.join(dir, latest);
  checkListing(folder, readManifest(folder));
}

/** Largest state.json that is read, in bytes. */
const LARGEST_STATE = 16e6;

/** state.json of the newest checkpoint, the rest of which is not verified; null without one. Throws CheckpointError. */
function newestState(run: string): RunState | null {
  const dir = checkpointsOf(run);
  const name = readPointer(dir, 'latest');
  if (name === null) return null;
  const step = isPlainName(name) ? stepOf(name) : null;
  const file = path.join(dir, name, 'state.json');
  if (step === null)
    throw new CheckpointError(
      `${path.join(dir, 'latest')}: expected the name of a checkpoint beside it, got ${described(name)}`,
    );
  let bytes;
  try {
    bytes = readRegularFile(file, LARGEST_STATE);
  } catch (error) {
    throw new CheckpointError(`${file}: expected the state of a run, got ${reasonOr(error)}`, {
      cause: error,
    });
  }
  return decodeState(bytes, file, step);
}

function statusOf({ end }: History, written: boolean, over: boolean): RunStatus {
  if (written) return 'running';
  if (end === 'failed') return 'failed';
  return over || (end !== null && end !== 'interrupted') ? 'finished' : 'interrupted';
}

function commandFor(
  run: string,
  status: RunStatus,
  { config, over, saved }: { config: Config | undefined; over: boolean; saved: boolean },
): string | null {
  if (config === undefined) return null;
  if (status === 'finished' || status === 'running' || over)
    return saved ? `npx maddpg eval --checkpoint ${shellQuote(run)}` : null;
  return saved
    ? `npx maddpg train --resume ${shellQuote(run)}`
    : `npx maddpg train --config ${shellQuote(path.join(run, 'config.yaml'))}`;
}

function bestOf(evaluations: readonly BestEvaluation[]): BestEvaluation | undefined {
  return evaluations.reduce<BestEvaluation | undefined>(
    (best, next) => (best === undefined || next.mean > best.mean ? next : best),
    undefined,
  );
}

function dateOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
