/**
 * Reads all files of a run directory, also while it trains. Hidden ones and the lock stay behind: they belong to the process
 * that trains.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { checkpointsOf, readPointer } from '../checkpoint/layout.ts';
import { pointerNames } from '../checkpoint/names.ts';
import type { RunFiles } from './archive.ts';
import { LOCK_NAME } from './lock.ts';

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
