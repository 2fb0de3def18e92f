/**
 * Layout of the checkpoints in a run directory: folders `checkpoints/step-000400000/`, and the text files `latest` and
 * `best`, each naming one of them. save.ts writes them, load.ts reads them.
 */
import * as path from 'node:path';
import { readRegularFile } from '../core/regular-file.ts';
import { kindAt, namesIn, reading } from './files.ts';

export const pointerNames = ['latest', 'best'] as const;
export type PointerName = (typeof pointerNames)[number];

const stepPattern = /^step-(\d{9,})$/;

export function checkpointsOf(runDir: string): string {
  return path.join(runDir, 'checkpoints');
}

export function folderName(step: number): string {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new RangeError(`checkpoint: expected a step of 0 or more, got ${step}`);
  }
  return `step-${String(step).padStart(9, '0')}`;
}

/** The step in a checkpoint folder's name, or null for any other name. */
export function stepOf(name: string): number | null {
  const match = stepPattern.exec(name);
  return match === null ? null : Number(match[1]);
}

/** The checkpoint folders in a `checkpoints` folder, oldest first. */
export function stepFolders(dir: string): { readonly name: string; readonly step: number }[] {
  return namesIn(dir)
    .flatMap((name) => {
      const step = stepOf(name);
      return step === null ? [] : [{ name, step }];
    })
    .sort((a, b) => a.step - b.step);
}

/** Longest content of `latest` and `best` that is read, in bytes. */
const LONGEST_POINTER = 1000;

/** The folder that `latest` or `best` names, or null if there is no such file. Throws CheckpointError. */
export function readPointer(dir: string, pointer: PointerName): string | null {
  const file = path.join(dir, pointer);
  if (kindAt(file) === undefined) return null;
  const bytes = reading(file, 'the name of a checkpoint', () => readRegularFile(file, LONGEST_POINTER));
  return new TextDecoder().decode(bytes).trim();
}
