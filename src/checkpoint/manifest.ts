/** The files of a checkpoint folder, compared with its manifest.json (manifest-format.ts). */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { readRegularFile, visitRegularFile } from '../core/regular-file.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { piecesOf, type FileContent } from './file-content.ts';
import { namesIn, reading } from './files.ts';
import { decodeManifest, expectHash, LONGEST_MANIFEST, mostBytes } from './manifest-format.ts';
import type { FileEntry, Manifest } from './manifest-format.ts';
import { manifestName } from './names.ts';

/** Bytes of a file that are hashed at a time where its content is not wanted. */
const PIECE = 2 ** 20;

/** Reads the manifest of a checkpoint folder. Throws CheckpointError if it is missing or damaged. */
export function readManifest(folder: string): Manifest {
  const file = path.join(folder, manifestName);
  const bytes = reading(file, 'the manifest of a checkpoint', () => readRegularFile(file, LONGEST_MANIFEST));
  return decodeManifest(bytes, file);
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
  const bytes = reading(file, `a file of ${entry.bytes} bytes`, () =>
    readRegularFile(file, mostBytes(name, entry)),
  );
  expectHash(entryOf(bytes).sha256, entry, file);
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
  expectHash(hash.digest('hex'), entry, file);
}

function entryNamed(name: string, manifest: Manifest, file: string): FileEntry {
  const entry = manifest.files.get(name);
  if (entry !== undefined) return entry;
  throw new CheckpointError(`${file}: expected a file that ${manifestName} lists, got one that it does not`);
}

/** Size and hash of a file that is to be written. */
export function entryOf(content: FileContent): FileEntry {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const piece of piecesOf(content)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
