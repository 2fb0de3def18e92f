/**
 * Writes checkpoints atomically: after a crash at any point, the last good checkpoint is intact and `latest` names
 * it. A folder is written and synced under a hidden name, manifest last, and then renamed, so every visible folder is
 * complete.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { rename } from '../core/rename.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { piecesOf, type FileContent } from './file-content.ts';
import { checkpointsOf, readPointer, stepFolders } from './layout.ts';
import { entryOf, readManifest } from './manifest.ts';
import { encodeManifest, encodeManifestWithout } from './manifest-format.ts';
import type { Manifest, Writer } from './manifest-format.ts';
import { folderName, isPlainName, manifestName, pointerNames, type PointerName } from './names.ts';

export interface SaveOptions extends Writer {
  /** Number of newest checkpoints to keep, besides those that `latest` and `best` name; 0 keeps all. */
  readonly keep: number;
  /** Also point `best` at this checkpoint. */
  readonly best?: boolean;
  /** Large files that only the newest `keep` checkpoints keep; 0: all. */
  readonly bulky?: { readonly files: readonly string[]; readonly keep: number };
}

const hidden = '.tmp-';
const replacementSuffix = '-replacement';

/** Attempts at removing a file that is open elsewhere, on Windows. */
const REMOVALS = 8;

/**
 * Saves `files` (content by file name) as the checkpoint of `step`, points `latest` at it and prunes old checkpoints.
 * Returns the checkpoint's folder. Throws RangeError if a file name is not plain.
 */
export function saveCheckpoint(
  runDir: string,
  step: number,
  files: Readonly<Record<string, FileContent>>,
  options: SaveOptions,
): string {
  for (const name of Object.keys(files)) {
    if (!isPlainName(name) || name.startsWith('.') || name === manifestName) {
      throw new RangeError(`saveCheckpoint: expected plain file names, got '${name}'`);
    }
  }
  const dir = checkpointsOf(runDir);
  const name = folderName(step);
  const entries = new Map(Object.entries(files).map(([file, content]) => [file, entryOf(content)]));
  const contents = { ...files, [manifestName]: encodeManifest(step, entries, options) };

  fs.mkdirSync(dir, { recursive: true });
  removeLeftovers(dir);
  // `latest` last: a run killed before it resumes from the one before, and comes by here again.
  const pointers: PointerName[] = options.best === true ? ['best', 'latest'] : ['latest'];
  const exists = fs.existsSync(path.join(dir, name));
  if (exists && pointerNames.some((pointer) => readPointer(dir, pointer) === name)) {
    replace(dir, name, contents, pointers);
  } else {
    if (exists) discard(dir, name); // of an interrupted save
    place(dir, name, contents);
    for (const pointer of pointers) pointAt(dir, pointer, name);
  }
  discardOld(dir, options);
  return path.join(dir, name);
}

/** What to keep besides the newest checkpoint. */
export type Keeping = Pick<SaveOptions, 'keep' | 'bulky'>;

/** Does what the last save would have done after its checkpoint counted, had it not been cut off. */
export function tidyCheckpoints(runDir: string, keeping: Keeping): void {
  const dir = checkpointsOf(runDir);
  removeLeftovers(dir);
  discardOld(dir, keeping);
}

function discardOld(dir: string, { keep, bulky }: Keeping): void {
  if (keep > 0) prune(dir, keep);
  if (bulky && bulky.keep > 0) slim(dir, bulky);
}

/**
 * Replaces a folder that a pointer names. Swapping two folders atomically is not portable, so the pointers name a stand-in
 * with the new content while the folder itself is removed and rewritten.
 */
function replace(dir: string, name: string, contents: Contents, pointers: readonly PointerName[]): void {
  const standIn = name + replacementSuffix;
  place(dir, standIn, contents);
  for (const pointer of pointers) pointAt(dir, pointer, standIn);
  finish(dir, standIn, contents);
}

/** Moves the content of a stand-in to the folder that it stands in for. */
function finish(dir: string, standIn: string, contents: Contents): void {
  const name = standIn.slice(0, -replacementSuffix.length);
  const named = pointerNames.filter((pointer) => [standIn, name].includes(readPointer(dir, pointer) ?? ''));
  for (const pointer of named) pointAt(dir, pointer, standIn);
  if (fs.existsSync(path.join(dir, name))) discard(dir, name);
  place(dir, name, contents);
  for (const pointer of named) pointAt(dir, pointer, name);
  discard(dir, standIn);
}

type Contents = Readonly<Record<string, FileContent>>;

/** Writes a folder under a hidden name, then renames it. */
function place(dir: string, name: string, contents: Contents): void {
  const temporary = path.join(dir, hidden + name);
  fs.mkdirSync(temporary);
  for (const [file, content] of Object.entries(contents)) writeSynced(path.join(temporary, file), content);
  syncFolder(temporary);
  rename(temporary, path.join(dir, name));
  syncFolder(dir);
}

/** Points `latest` or `best` at a folder. */
export function pointAt(dir: string, pointer: PointerName, name: string): void {
  replaceFile(path.join(dir, pointer), new TextEncoder().encode(`${name}\n`));
}

/** Replaces a file atomically: after a crash it has either the old or the new content. */
export function replaceFile(file: string, content: FileContent): void {
  const dir = path.dirname(file);
  const temporary = path.join(dir, hidden + path.basename(file));
  writeSynced(temporary, content, 'w'); // over one that a crash may have left
  rename(temporary, file);
  syncFolder(dir);
}

/** Hides a folder before removing it, so that a half-removed one is never mistaken for a checkpoint. */
function discard(dir: string, name: string): void {
  const temporary = path.join(dir, `${hidden}removed-${name}`);
  rename(path.join(dir, name), temporary);
  fs.rmSync(temporary, { recursive: true, maxRetries: REMOVALS });
}

function prune(dir: string, keep: number): void {
  const named = pointerNames.map((pointer) => readPointer(dir, pointer));
  for (const { name } of stepFolders(dir).slice(0, -keep)) {
    if (!named.includes(name)) discard(dir, name);
  }
}

/**
 * Removes bulky files from all but the newest checkpoints and the one to resume from, which an interrupted save or rewind
 * may have left behind newer folders: first from the manifest, which never lists a missing file.
 */
function slim(dir: string, { files, keep }: NonNullable<SaveOptions['bulky']>): void {
  const latest = readPointer(dir, 'latest');
  for (const { name } of stepFolders(dir).slice(0, -keep)) {
    if (name === latest) continue;
    const folder = path.join(dir, name);
    const present = files.filter((file) => fs.existsSync(path.join(folder, file)));
    const manifest = present.length > 0 ? manifestOf(folder) : undefined;
    if (manifest === undefined) continue;
    replaceFile(path.join(folder, manifestName), encodeManifestWithout(manifest, present));
    for (const file of present) fs.rmSync(path.join(folder, file));
  }
}

/** The manifest; undefined if it is damaged, for the user to see as it is. */
function manifestOf(folder: string): Manifest | undefined {
  try {
    return readManifest(folder);
  } catch (error) {
    if (error instanceof CheckpointError) return undefined;
    throw error;
  }
}

/** Removes what an interrupted save has left: hidden files and stand-ins, which are finished if a pointer names them. */
function removeLeftovers(dir: string): void {
  const names = fs.readdirSync(dir);
  for (const name of names.filter((name) => name.startsWith(hidden)))
    fs.rmSync(path.join(dir, name), { recursive: true, maxRetries: REMOVALS });
  const named = pointerNames.map((pointer) => readPointer(dir, pointer));
  for (const name of names.filter((name) => !name.startsWith(hidden) && name.endsWith(replacementSuffix))) {
    if (named.includes(name)) finish(dir, name, filesOf(path.join(dir, name)));
    else discard(dir, name);
  }
}

function filesOf(folder: string): Contents {
  return Object.fromEntries(
    fs.readdirSync(folder).map((name) => [name, new Uint8Array(fs.readFileSync(path.join(folder, name)))]),
  );
}

function writeSynced(file: string, content: FileContent, flags: 'w' | 'wx' = 'wx'): void {
  const fd = fs.openSync(file, flags);
  try {
    for (const piece of piecesOf(content)) fs.writeFileSync(fd, piece);
    fs.fsyncSync(fd);
  } catch (error) {
    // Node names no file in errors of a descriptor.
    throw Object.assign(error as NodeJS.ErrnoException, { path: file });
  } finally {
    fs.closeSync(fd);
  }
}

/** Makes renames in a folder durable. Windows cannot open folders, and does not need it. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
