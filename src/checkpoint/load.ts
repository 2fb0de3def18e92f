/**
 * Finds and reads checkpoints. A path may be a run directory, its `checkpoints` folder or a single checkpoint. If the
 * requested checkpoint is missing or damaged, the error names the file and suggests another checkpoint; nothing else is
 * loaded instead.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { described } from '../core/described.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { kindAt } from './files.ts';
import { checkpointsOf, readPointer, stepFolders } from './layout.ts';
import { checkListing, readFile, readManifest, verify, verifyFile } from './manifest.ts';
import type { Manifest } from './manifest-format.ts';
import { isPlainName, manifestName, stepOf, type PointerName } from './names.ts';

export interface FindOptions {
  /** Follow `best` instead of `latest`. */
  readonly best?: boolean;
}

/** The checkpoint folder that `at` refers to. Throws CheckpointError if there is none. */
export function findCheckpoint(at: string, { best = false }: FindOptions = {}): string {
  const kind = kindAt(at);
  if (kind === undefined)
    throw new CheckpointError(`${at}: expected a run or checkpoint folder, got no such folder`);
  if (kind !== 'folder') {
    throw new CheckpointError(`${at}: expected a run or checkpoint folder, got a file; name its folder`);
  }
  if (isCheckpoint(at)) {
    if (!best) return at;
    throw new CheckpointError(
      `${at}: expected a run folder with --best, got a checkpoint; name the run, or leave out --best`,
    );
  }
  const dir = kindAt(checkpointsOf(at)) === undefined ? at : checkpointsOf(at);
  const pointer = best ? 'best' : 'latest';
  const name = withAlternative(dir, '', () => readPointer(dir, pointer));
  if (name === null) throw noPointer(at, dir, pointer);
  const folder = path.join(dir, name);
  if (!isPlainName(name) || kindAt(folder) !== 'folder') {
    throw new CheckpointError(
      `${path.join(dir, pointer)}: expected the name of a checkpoint beside it, got ${described(name)}${alternative(dir, name)}`,
    );
  }
  return folder;
}

export interface Checkpoint {
  readonly folder: string;
  readonly step: number;
  readonly manifest: Manifest;
  /** Content by file name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface ReadOptions {
  /** Read only these files; the others are verified all the same. */
  readonly only?: readonly string[];
  /** And these, where the checkpoint has them. */
  readonly optional?: readonly string[];
}

/** Reads a checkpoint folder and verifies it against its manifest. Throws CheckpointError that names the faulty file. */
export function readCheckpoint(folder: string, { only, optional = [] }: ReadOptions = {}): Checkpoint {
  const name = path.basename(path.resolve(folder));
  return withAlternative(path.join(folder, '..'), name, () => {
    const manifest = readManifest(folder);
    checkListing(folder, manifest);
    checkStep(folder, manifest);
    const listed = [...manifest.files.keys()];
    const names = only ? [...only, ...optional.filter((name) => manifest.files.has(name))] : listed;
    const files = new Map(names.map((name) => [name, readFile(folder, manifest, name)]));
    for (const name of listed) if (!files.has(name)) verifyFile(folder, manifest, name);
    return { folder, step: manifest.step, manifest, files };
  });
}

/** Runs `act`; a CheckpointError gets a hint that names an intact checkpoint in `dir` other than `damaged`. */
function withAlternative<T>(dir: string, damaged: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new CheckpointError(`${error.message}${alternative(dir, damaged)}`, { cause: error });
  }
}

/** Whether a folder is a checkpoint, intact or not. */
function isCheckpoint(folder: string): boolean {
  return (
    kindAt(path.join(folder, manifestName)) !== undefined ||
    stepOf(path.basename(path.resolve(folder))) !== null
  );
}

/** A folder may have been renamed, but one named after a step must hold that step. */
function checkStep(folder: string, manifest: Manifest): void {
  const named = stepOf(path.basename(path.resolve(folder)));
  if (named !== null && named !== manifest.step) {
    throw new CheckpointError(
      `${path.join(folder, manifestName)}: expected step ${named}, got ${manifest.step}: it is damaged`,
    );
  }
}

/** A hint for a directory of runs: names up to three of them. */
function runsIn(folder: string): string {
  const runs = fs.readdirSync(folder).filter((name) => fs.existsSync(checkpointsOf(path.join(folder, name))));
  if (runs.length === 0) return '';
  const more = runs.length > 3 ? ` and ${runs.length - 3} more` : '';
  return `; name one of the runs in it: ${runs.slice(0, 3).join(', ')}${more}`;
}

/** What to do about a run that ended before its first checkpoint. */
const START_AGAIN =
  'it ended before its first checkpoint; delete the folder or choose another name, and start again';

function noPointer(at: string, dir: string, pointer: PointerName): CheckpointError {
  if (stepFolders(dir).length === 0) {
    // A run has a config.yaml from its first second on.
    const isRun = dir !== at || fs.existsSync(path.join(at, 'config.yaml'));
    return new CheckpointError(
      isRun
        ? `${at}: expected a run with a checkpoint, got none: ${START_AGAIN}`
        : `${at}: expected a run or checkpoint folder, got a folder without checkpoints${runsIn(at)}`,
    );
  }
  const file = path.join(dir, pointer);
  if (pointer === 'best') {
    return new CheckpointError(
      `${file}: expected the name of the best checkpoint, got no such file; there has been no evaluation yet, leave out --best`,
    );
  }
  return new CheckpointError(
    `${file}: expected the name of a checkpoint, got no such file${alternative(dir, '')}`,
  );
}

/** A hint that names the newest intact checkpoint in `dir` other than `damaged`. */
function alternative(dir: string, damaged: string): string {
  const good = othersIn(dir, damaged).findLast(({ name }) => isIntact(path.join(dir, name)));
  return good === undefined
    ? '; there is no other intact checkpoint beside it'
    : `; name the newest intact checkpoint instead: ${path.join(dir, good.name)}`;
}

function othersIn(dir: string, damaged: string): ReturnType<typeof stepFolders> {
  try {
    return stepFolders(dir).filter(({ name }) => name !== damaged);
  } catch (error) {
    // The checkpoint's own fault is reported; its neighbours are only a hint.
    if (error instanceof CheckpointError) return [];
    throw error;
  }
}

function isIntact(folder: string): boolean {
  try {
    verify(folder);
    return true;
  } catch (error) {
    if (error instanceof CheckpointError) return false;
    throw error;
  }
}
