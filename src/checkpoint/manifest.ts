/**
 * manifest.json of a checkpoint folder: the step, what wrote it, size and SHA-256 of every other file, and the SHA-256 of
 * its own remaining fields. It is written last, so a folder with a manifest is complete. It records neither time nor machine: identical runs write
 * identical manifests. save.ts writes it, load.ts verifies it.
 */
import { createHash, type Hash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { described } from '../core/described.ts';
import { readRegularFile, visitRegularFile } from '../core/regular-file.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { piecesOf, type FileContent } from './file-content.ts';
import { namesIn, reading } from './files.ts';
import { COUNT, decodeJson, jsonFormat } from './json.ts';

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
  return new TextEncoder().encode(`${JSON.stringify({ ...json, sha256: ownHash(json) }, null, 2)}\n`);
}

/** Hash of all fields but `files`, which are checked by their own. */
function ownHash({
  format_version,
  package_version,
  step,
  created_by,
  removed,
}: Omit<ManifestFile, 'files' | 'sha256'>): string {
  const fields = JSON.stringify([format_version, package_version, step, created_by, removed ?? []]);
  return createHash('sha256').update(fields).digest('hex');
}

/** Sizes above which a file is not read, in bytes. All others may be as large as the manifest says. */
const LONGEST_MANIFEST = 1e6;
const LONGEST_TEXT = 16e6;
const isText = (name: string): boolean => /\.(json|yaml)$/.test(name);

/** Bytes of a file that are hashed at a time where its content is not wanted. */
const PIECE = 2 ** 20;

/** Reads the manifest of a checkpoint folder. Throws CheckpointError if it is missing or damaged. */
export function readManifest(folder: string): Manifest {
  const file = path.join(folder, manifestName);
  const bytes = reading(file, 'the manifest of a checkpoint', () => readRegularFile(file, LONGEST_MANIFEST));
  const { format_version, package_version } = decodeJson(bytes, file, anyVersion);
  if (format_version !== formatVersion) {
    throw new CheckpointError(
      `${file}: expected format_version ${formatVersion}, got ${format_version}; use maddpg ${package_version}, which wrote it`,
    );
  }
  const content = decodeJson(bytes, file, manifestFormat);
  const text = new TextDecoder().decode(bytes);
  const cut = text.includes('\n') && text !== `${text.trim()}\n`;
  // Manifests of maddpg 0.1.0 have no hash of their own.
  const changed = content.sha256 !== undefined && content.sha256 !== ownHash(content);
  if (changed || cut)
    throw new CheckpointError(
      `${file}: expected the content that its sha256 is of, got another: it is damaged`,
    );
  const { step, created_by, files, removed = [] } = content;
  const outside = [...Object.keys(files), ...removed].find((name) => !isPlainName(name));
  if (outside !== undefined)
    throw new CheckpointError(`${file}: expected plain file names, got ${described(outside)}`);
  const both = removed.find((name) => Object.hasOwn(files, name));
  if (both !== undefined)
    throw new CheckpointError(`${file}: expected files or removed ones, got ${described(both)} as both`);
  return {
    formatVersion,
    packageVersion: package_version,
    step,
    createdBy: created_by,
    files: new Map(Object.entries(files)),
    removed,
  };
}

/** Verifies every file of a checkpoint. Throws CheckpointError that names the first missing, damaged or extra file. */
export function verify(folder: string): Manifest {
  const manifest = readManifest(folder);
  checkListing(folder, manifest);
  for (const name of manifest.files.keys()) verifyFile(folder, manifest, name);
  return manifest;
}

/** Checks names and sizes only, which is fast. Ignores hidden files, such as `.DS_Store`. */
export function checkListing(folder: string, manifest: Manifest): void {
  for (const [name, entry] of manifest.files) {
    const file = path.join(folder, name);
    const expected = `a file of ${entry.bytes} bytes`;
    const stat = reading(file, expected, () => fs.statSync(file, { throwIfNoEntry: false }));
    if (!stat?.isFile()) {
      const got = stat === undefined ? 'no such file' : stat.isDirectory() ? 'a folder' : 'no regular file';
      throw new CheckpointError(`${file}: expected ${expected}, got ${got}`);
    }
    if (stat.size !== entry.bytes) {
      throw new CheckpointError(`${file}: expected ${entry.bytes} bytes, got ${stat.size}: it is damaged`);
    }
  }
  for (const name of namesIn(folder)) {
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
  const entry = entryNamed(name, manifest, file);
  const most = isText(name) ? LONGEST_TEXT : entry.bytes;
  const bytes = reading(file, `a file of ${entry.bytes} bytes`, () => readRegularFile(file, most));
  expectHash(createHash('sha256').update(bytes), entry, file);
  return bytes;
}

/** Verifies a file of any size without keeping its content. */
export function verifyFile(folder: string, manifest: Manifest, name: string): void {
  const file = path.join(folder, name);
  const entry = entryNamed(name, manifest, file);
  const hash = createHash('sha256');
  reading(file, `a file of ${entry.bytes} bytes`, () => {
    visitRegularFile(file, entry.bytes, PIECE, (piece) => hash.update(piece));
  });
  expectHash(hash, entry, file);
}

function entryNamed(name: string, manifest: Manifest, file: string): FileEntry {
  const entry = manifest.files.get(name);
  if (entry !== undefined) return entry;
  throw new CheckpointError(`${file}: expected a file that ${manifestName} lists, got one that it does not`);
}

function expectHash(hash: Hash, { sha256 }: FileEntry, file: string): void {
  const actual = hash.digest('hex');
  if (actual !== sha256)
    throw new CheckpointError(`${file}: expected SHA-256 ${sha256}, got ${actual}: it is damaged`);
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

/** What all versions of manifest.json have. */
const anyVersion = jsonFormat<{ format_version: number; package_version: string }>({
  type: 'object',
  required: ['format_version', 'package_version'],
  properties: { format_version: COUNT, package_version: { type: 'string', maxLength: 100 } },
});

interface ManifestFile {
  readonly format_version: number;
  readonly package_version: string;
  readonly step: number;
  readonly created_by: Manifest['createdBy'];
  readonly files: Readonly<Record<string, FileEntry>>;
  readonly removed?: Manifest['removed'];
  /** ownHash() */
  readonly sha256?: string;
}

const manifestFormat = jsonFormat<ManifestFile>({
  type: 'object',
  required: ['step', 'created_by', 'files'],
  additionalProperties: false,
  properties: {
    format_version: COUNT,
    package_version: { type: 'string' },
    step: COUNT,
    created_by: { type: 'object', additionalProperties: { type: 'string' } },
    files: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['bytes', 'sha256'],
        properties: { bytes: COUNT, sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' } },
      },
    },
    removed: { type: 'array', items: { type: 'string' } },
    sha256: { type: 'string' },
  },
});

/** Whether `name` is a plain file name, with no path that could lead out of the folder, and one that file systems take. */
export function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && name.length <= 255 && !/[/\\\0]/.test(name);
}
