/**
 * manifest.json of a checkpoint folder: the step, what wrote it, and size and SHA-256 of every other file. It is
 * written last, so a folder with a manifest is complete. It records neither time nor machine: identical runs write
 * identical manifests. save.ts writes it, load.ts verifies it.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { CheckpointError } from './checkpoint-error.ts';

export const manifestName = 'manifest.json';
const formatVersion = 1;

export interface FileEntry {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface Manifest {
  readonly formatVersion: number;
  /** Version of maddpg that wrote the checkpoint. */
  readonly packageVersion: string;
  /** Joint steps per environment. */
  readonly step: number;
  /** Informational: environment, agent, engine, ... Nothing depends on it. */
  readonly createdBy: Readonly<Record<string, string>>;
  readonly files: ReadonlyMap<string, FileEntry>;
  /** Files that were part of it until a later save removed them, to save space. */
  readonly removed: readonly string[];
}

/** A file's bytes, whole or in consecutive pieces, so that large arrays need not be copied before writing. */
export type FileContent = Uint8Array | readonly Uint8Array[];

export function piecesOf(content: FileContent): readonly Uint8Array[] {
  return content instanceof Uint8Array ? [content] : content;
}

/** What the writer of a checkpoint records about itself. */
export type Writer = Pick<Manifest, 'packageVersion' | 'createdBy'>;

/** The bytes of manifest.json for these files. */
export function encodeManifest(
  step: number,
  files: Readonly<Record<string, FileContent>>,
  writer: Writer,
): Uint8Array {
  const entries = Object.entries(files).map(([name, content]): [string, FileEntry] => [
    name,
    entryOf(content),
  ]);
  return encode({ ...writer, formatVersion, step, files: new Map(entries), removed: [] });
}

/** The manifest after `names` are removed from the checkpoint. */
export function encodeManifestWithout(manifest: Manifest, names: readonly string[]): Uint8Array {
  const files = new Map([...manifest.files].filter(([name]) => !names.includes(name)));
  return encode({ ...manifest, files, removed: [...new Set([...manifest.removed, ...names])] });
}

function encode({ packageVersion, step, createdBy, files, removed }: Manifest): Uint8Array {
  const json = {
    format_version: formatVersion,
    package_version: packageVersion,
    step,
    created_by: createdBy,
    files: Object.fromEntries(files),
    ...(removed.length > 0 && { removed }),
  };
  return new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`);
}

/** Reads the manifest of a checkpoint folder. Throws CheckpointError if it is missing or damaged. */
export function readManifest(folder: string): Manifest {
  const file = path.join(folder, manifestName);
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CheckpointError(`${file}: expected the manifest of a checkpoint, got no such file`, {
      cause: error,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(`${file}: expected JSON, got ${JSON.stringify(text.slice(0, 60))}`, {
      cause: error,
    });
  }
  return toManifest(json, file);
}

/** Verifies every file of a checkpoint. Throws CheckpointError that names the first missing, damaged or extra file. */
export function verify(folder: string): Manifest {
  const manifest = readManifest(folder);
  checkListing(folder, manifest);
  for (const name of manifest.files.keys()) readFile(folder, manifest, name);
  return manifest;
}

/** Checks names and sizes only, which is fast. Ignores hidden files, such as `.DS_Store`. */
export function checkListing(folder: string, manifest: Manifest): void {
  for (const [name, entry] of manifest.files) {
    const file = path.join(folder, name);
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) {
      throw new CheckpointError(`${file}: expected a file of ${entry.bytes} bytes, got no such file`);
    }
    if (stat.size !== entry.bytes) {
      throw new CheckpointError(`${file}: expected ${entry.bytes} bytes, got ${stat.size}: it is damaged`);
    }
  }
  for (const name of fs.readdirSync(folder)) {
    // A removed file may still be there after a crash.
    const known = name === manifestName || manifest.files.has(name) || manifest.removed.includes(name);
    if (!known && !name.startsWith('.')) {
      throw new CheckpointError(
        `${path.join(folder, name)}: expected only the files in ${manifestName}, got an extra file; remove it`,
      );
    }
  }
}

/** Reads a file and verifies its content against the manifest. */
export function readFile(folder: string, manifest: Manifest, name: string): Uint8Array {
  const file = path.join(folder, name);
  const expected = manifest.files.get(name);
  if (expected === undefined) {
    const listed = [...manifest.files.keys()].join(', ');
    throw new CheckpointError(
      `${file}: expected one of the checkpoint's files (${listed}), got no such file`,
    );
  }
  const bytes = fs.readFileSync(file);
  const actual = entryOf(bytes);
  if (actual.sha256 !== expected.sha256) {
    throw new CheckpointError(
      `${file}: expected SHA-256 ${expected.sha256}, got ${actual.sha256}: it is damaged`,
    );
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function entryOf(content: FileContent): FileEntry {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const piece of piecesOf(content)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

function toManifest(json: unknown, file: string): Manifest {
  const object = isObject(json) ? json : {};
  const version = object['format_version'];
  const by = object['package_version'];
  if (version !== formatVersion) {
    const hint = typeof version === 'number' ? `; use maddpg ${String(by)}, which wrote it` : '';
    throw new CheckpointError(
      `${file}: expected format_version ${formatVersion}, got ${JSON.stringify(version)}${hint}`,
    );
  }
  const { step, created_by: createdBy, files, removed = [] } = object;
  if (
    typeof by !== 'string' ||
    !Number.isSafeInteger(step) ||
    !isObject(createdBy) ||
    !Object.values(createdBy).every((value) => typeof value === 'string') ||
    !isObject(files) ||
    !Object.entries(files).every(([name, entry]) => isPlainName(name) && isFileEntry(entry)) ||
    !Array.isArray(removed) ||
    !removed.every((name) => typeof name === 'string' && isPlainName(name) && !(name in files))
  ) {
    throw new CheckpointError(
      `${file}: expected package_version, step, created_by and files, got something else: it is damaged`,
    );
  }
  return {
    formatVersion,
    packageVersion: by,
    step: step as number,
    createdBy: createdBy as Record<string, string>,
    files: new Map(Object.entries(files as Record<string, FileEntry>)),
    removed: removed as string[],
  };
}

function isFileEntry(value: unknown): value is FileEntry {
  return isObject(value) && Number.isSafeInteger(value['bytes']) && typeof value['sha256'] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether `name` is a plain file name, with no path that could lead out of the folder. */
export function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\]/.test(name);
}
