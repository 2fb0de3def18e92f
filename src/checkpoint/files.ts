/** File system access to checkpoints: whatever goes wrong is a CheckpointError that names the file. */
import * as fs from 'node:fs';
import { kindOf, reasonOf, type FileKind } from '../core/regular-file.ts';
import { CheckpointError } from './checkpoint-error.ts';

/** Runs `act`, which reads `file`. Throws CheckpointError `<file>: expected <expected>, got ...` if that fails. */
export function reading<T>(file: string, expected: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new CheckpointError(`${file}: expected ${expected}, got ${reason}`, { cause: error });
  }
}

/** What is at a path, following links; undefined if nothing is. Throws CheckpointError if the path cannot be followed. */
export function kindAt(file: string): FileKind | undefined {
  return reading(file, 'a file or folder', () => kindOf(file));
}

/** The names in a folder. Throws CheckpointError. */
export function namesIn(folder: string): string[] {
  return reading(folder, 'a folder', () => fs.readdirSync(folder));
}
