/** Reads runs from their directories: config.yaml and metrics.jsonl, which may still be written to. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { kindOf } from '../core/regular-file.ts';
import { UserError } from '../core/user-error.ts';
import { readRecords } from '../metrics/jsonl.ts';
import type { MetricRecord } from '../metrics/sink.ts';
import type { KeyValue, Run } from './run.ts';

const CONFIG = 'config.yaml';
const METRICS = 'metrics.jsonl';

export interface FoundRuns {
  readonly runs: readonly Run[];
  /** One line each. */
  readonly warnings: readonly string[];
}

/**
 * The runs at `paths`, each a run directory or a folder of them. Runs without metrics, and damaged ones beside others, are
 * left out with a warning.
 * @throws UserError if a path is no folder and, unless `mayBeNone`, if it holds no run, or none of the runs has metrics
 */
export function readRuns(paths: readonly string[], { mayBeNone = false } = {}): FoundRuns {
  const empty = paths.find((at) => runFolders([at]).length === 0);
  if (empty !== undefined && !mayBeNone)
    throw new UserError(
      `${empty}: expected a run or a folder of runs (config.yaml and metrics.jsonl), got neither`,
    );
  const folders = [...new Set(runFolders(paths).map((folder) => path.resolve(folder)))];
  const warnings: string[] = [];
  const runs = folders.flatMap((folder) => {
    let found: FoundRun;
    try {
      found = readRun(folder);
    } catch (error) {
      if (!(error instanceof UserError) || folders.length === 1) throw error;
      warnings.push(`${error.faults[0]}; the run is left out`);
      return [];
    }
    const { run, damaged } = found;
    const where = path.join(shown(folder), METRICS);
    if (damaged > 0)
      warnings.push(`${where}: expected a record in every line, got ${damaged} damaged; they are left out`);
    if (run) return [run];
    warnings.push(`${where}: expected records, got none yet; the run is left out`);
    return [];
  });
  if (runs.length === 0 && !mayBeNone)
    throw new UserError([
      ...warnings,
      `report: expected runs with metrics, got none in ${paths.join(', ')}; see maddpg train`,
    ]);
  return { runs, warnings };
}

interface FoundRun {
  /** undefined as long as it has no metrics. */
  readonly run: Run | undefined;
  /** Lines of metrics.jsonl that are damaged. */
  readonly damaged: number;
}

/**
 * The run in a run directory.
 * @throws UserError if its config.yaml is damaged
 */
export function readRun(folder: string): FoundRun {
  const { records, damaged } = readRecords(path.join(folder, METRICS));
  return { run: records.length > 0 ? runOf(folder, records) : undefined, damaged };
}

/** The run directories at these paths, none in a folder without. @throws UserError for a path that is no folder */
export function runFolders(paths: readonly string[]): string[] {
  return paths.flatMap((at) => {
    const kind = kindOf(at);
    if (kind !== 'folder')
      throw new UserError(
        `${at}: expected a run or a folder of runs, got ${kind === undefined ? 'no such folder' : 'a file'}`,
      );
    if (isRun(at)) return [at];
    return fs
      .readdirSync(at)
      .sort(naturally)
      .map((name) => path.join(at, name))
      .filter(isRun);
  });
}

/** Changes whenever the runs do. */
export function stampOf(paths: readonly string[]): string {
  return runFolders(paths)
    .flatMap((folder) => [CONFIG, METRICS].map((name) => path.join(folder, name)))
    .map((file) => {
      const stat = fs.statSync(file, { throwIfNoEntry: false });
      return `${file} ${stat?.size ?? 0} ${stat?.mtimeMs ?? 0}`;
    })
    .join('\n');
}

function isRun(folder: string): boolean {
  return fs.existsSync(path.join(folder, CONFIG)) && !fs.existsSync(path.join(folder, 'weights.safetensors'));
}

/** seed2 before seed10. */
function naturally(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function runOf(folder: string, records: readonly MetricRecord[]): Run {
  const names = [...new Set(records.flatMap(Object.keys))];
  const column = (name: string): Float64Array => Float64Array.from(records, (record) => record[name] ?? NaN);
  return {
    name: path.basename(folder),
    path: shown(folder),
    keys: readKeys(path.join(folder, CONFIG)),
    metrics: Object.fromEntries(names.map((name) => [name, column(name)])),
  };
}

/** The keys as they stand there: a report does not mind those of other versions. */
function readKeys(file: string): Run['keys'] {
  let keys: unknown;
  try {
    keys = parse(fs.readFileSync(file, 'utf8'), { maxAliasCount: 0 });
  } catch (error) {
    throw new UserError(`${file}: expected YAML, got ${(error as Error).message.split('\n')[0]!}`, {
      cause: error,
    });
  }
  if (typeof keys === 'object' && keys !== null && !Array.isArray(keys))
    return keys as Record<string, KeyValue>;
  throw new UserError(
    `${file}: expected keys with values, got ${keys === null ? 'an empty file' : 'something else'}`,
  );
}

/** The folder from here if it is below, else in full. */
function shown(folder: string): string {
  const below = path.relative('.', folder);
  return below.startsWith('..') || path.isAbsolute(below) ? folder : below || '.';
}
