/**
 * Writes checkpoints so that a crash at any instant leaves the last good one whole and `latest` naming it.
 * What the files hold is the caller's affair. Only whole folders ever get a visible name: everything is
 * written and synced under a hidden one first, the manifest last, then renamed.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { checkpointsOf, folderName, pointerNames, readPointer, stepFolders } from './layout.ts';
import type { PointerName } from './layout.ts';
import { encodeManifest, isPlainName, manifestName, piecesOf } from './manifest.ts';
import type { FileContent, Origin } from './manifest.ts';

export interface SaveOptions extends Origin {
  /** Checkpoints kept besides those that `latest` and `best` name: the newest so many; 0 keeps all. */
  readonly keep: number;
  /** Let `best` name this checkpoint too. */
  readonly best?: boolean;
}

const hidden = '.tmp-';
const replacementSuffix = '-replacement';

/**
 * Saves `files` (content by file name) as the checkpoint of `step`, makes it `latest`, removes the oldest ones.
 * @returns the checkpoint's folder.
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
  const contents = { ...files, [manifestName]: encodeManifest(step, files, options) };

  fs.mkdirSync(dir, { recursive: true });
  removeLeftovers(dir);
  const pointers: PointerName[] = options.best === true ? ['latest', 'best'] : ['latest'];
  if (fs.existsSync(path.join(dir, name))) {
    replace(dir, name, contents, pointers);
  } else {
    place(dir, name, contents);
    for (const pointer of pointers) point(dir, pointer, name);
  }
  if (options.keep > 0) prune(dir, options.keep);
  return path.join(dir, name);
}

/**
 * No file system swaps two folders in one step everywhere, so a stand-in with the new content is named by the
 * pointers while the folder itself is taken away and written again.
 */
function replace(dir: string, name: string, contents: Contents, pointers: readonly PointerName[]): void {
  let standIn = name + replacementSuffix;
  // One that an earlier crash has left is still named by a pointer: removeLeftovers() took the others.
  while (fs.existsSync(path.join(dir, standIn))) standIn += replacementSuffix;
  const named = pointerNames.filter((p) => pointers.includes(p) || readPointer(dir, p) === name);
  place(dir, standIn, contents);
  for (const pointer of named) point(dir, pointer, standIn);
  discard(dir, name);
  place(dir, name, contents);
  for (const pointer of named) point(dir, pointer, name);
  discard(dir, standIn);
}

type Contents = Readonly<Record<string, FileContent>>;

/** Writes a whole folder under a hidden name, then gives it its own. */
function place(dir: string, name: string, contents: Contents): void {
  const temporary = path.join(dir, hidden + name);
  fs.mkdirSync(temporary);
  for (const [file, content] of Object.entries(contents)) writeSynced(path.join(temporary, file), content);
  syncFolder(temporary);
  fs.renameSync(temporary, path.join(dir, name));
  syncFolder(dir);
}

/** Lets `latest` or `best` name a folder. */
function point(dir: string, pointer: PointerName, name: string): void {
  replaceFile(path.join(dir, pointer), new TextEncoder().encode(`${name}\n`));
}

/** Writes a file that is, after a crash too, either what it was or what it is to be. */
export function replaceFile(file: string, content: FileContent): void {
  const dir = path.dirname(file);
  const temporary = path.join(dir, hidden + path.basename(file));
  writeSynced(temporary, content, 'w'); // over one that a crash may have left
  fs.renameSync(temporary, file);
  syncFolder(dir);
}

/** Hides a folder before removing it, so that a half-removed one is never taken for a checkpoint. */
function discard(dir: string, name: string): void {
  const temporary = path.join(dir, `${hidden}removed-${name}`);
  fs.renameSync(path.join(dir, name), temporary);
  fs.rmSync(temporary, { recursive: true });
}

function prune(dir: string, keep: number): void {
  const named = pointerNames.map((pointer) => readPointer(dir, pointer));
  for (const { name } of stepFolders(dir).slice(0, -keep)) {
    if (!named.includes(name)) discard(dir, name);
  }
}

/** What a save that was cut short has left: hidden files, and stand-ins that nothing names. */
function removeLeftovers(dir: string): void {
  const named = pointerNames.map((pointer) => readPointer(dir, pointer));
  for (const name of fs.readdirSync(dir)) {
    if (name.startsWith(hidden)) fs.rmSync(path.join(dir, name), { recursive: true });
    else if (name.endsWith(replacementSuffix) && !named.includes(name)) discard(dir, name);
  }
}

function writeSynced(file: string, content: FileContent, flags: 'w' | 'wx' = 'wx'): void {
  const fd = fs.openSync(file, flags);
  try {
    for (const piece of piecesOf(content)) fs.writeFileSync(fd, piece);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Makes renames inside the folder durable. Windows cannot open a folder, and does this by itself. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
