/**
 * A run directory as one compressed file: a gzipped zip, stored within, of all that a run is made of. Hidden files and
 * the lock stay behind: they belong to the process that trains.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import { unzipSync } from 'fflate';
import { checkpointsOf, readPointer } from '../../checkpoint/layout.ts';
import { pointerNames } from '../../checkpoint/names.ts';
import { storedZip } from '../../core/stored-zip.ts';
import { UserError } from '../../core/user-error.ts';
import { LOCK_NAME } from '../../run/lock.ts';

/** A run's files by path below it, with / between folders. */
export type RunFiles = ReadonlyMap<string, Uint8Array>;

/** Reads a run that nobody writes meanwhile. */
export function readRun(run: string): RunFiles {
  return readFiles(run, (file) => fs.readFileSync(file));
}

/**
 * Reads a run that goes on meanwhile, so that it resumes as one killed at this moment would. undefined if it has no
 * checkpoint yet, or has saved the next one before the newest was read: try again.
 *
 * While `latest` and `best` stay as they are, nobody touches the checkpoints that they name, and metric files only grow
 * beyond the lengths that the newest one knows.
 */
export function readLiveRun(run: string): RunFiles | undefined {
  const before = pointersOf(run);
  if (before[0] === null) return undefined;
  const files = readFiles(run, readIfThere);
  return pointersOf(run).every((name, k) => name === before[k]) ? files : undefined;
}

/** Names of the newest and the best checkpoint. */
function pointersOf(run: string): (string | null)[] {
  return pointerNames.map((pointer) => readPointer(checkpointsOf(run), pointer));
}

function readFiles(run: string, read: (file: string) => Uint8Array | undefined): RunFiles {
  const files = new Map<string, Uint8Array>();
  const visit = (names: readonly string[]): void => {
    for (const entry of fs.readdirSync(path.join(run, ...names), { withFileTypes: true })) {
      const { name } = entry;
      if (name.startsWith('.') || name === LOCK_NAME) continue;
      const parts = [...names, name];
      if (entry.isDirectory())
        ifThere(() => {
          visit(parts);
        });
      const bytes = entry.isFile() ? read(path.join(run, ...parts)) : undefined;
      if (bytes) files.set(parts.join('/'), bytes);
    }
  };
  visit([]);
  return files;
}

/** undefined for a file or folder that is gone: of an old checkpoint, which the run no longer keeps. */
function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

function readIfThere(file: string): Uint8Array | undefined {
  return ifThere(() => fs.readFileSync(file));
}

/** Compresses off this thread, which has locks to renew. */
export async function pack(files: RunFiles): Promise<Buffer> {
  return promisify(gzip)(storedZip(files), { level: constants.Z_BEST_SPEED });
}

/** Writes the files of an archive to a new folder. Throws UserError if a name would leave it. */
export async function unpack(archive: Uint8Array, run: string): Promise<void> {
  const files = Object.entries(unzipSync(await promisify(gunzip)(archive)));
  const strange = files.find(([name]) => !isWithin(name));
  if (strange)
    throw new UserError(`queue: expected the files of a run, got one named ${JSON.stringify(strange[0])}`);
  for (const [name, bytes] of files) {
    const file = path.join(run, ...name.split('/'));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, bytes);
  }
}

function isWithin(name: string): boolean {
  return name.split('/').every((part) => /^[\w+-][\w.+-]*$/.test(part));
}
