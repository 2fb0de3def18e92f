/** The checkpoints in a run directory, under their names (names.ts). save.ts writes them, load.ts reads them. */
import * as path from 'node:path';
import { readRegularFile } from '../core/regular-file.ts';
import { kindAt, namesIn, reading } from './files.ts';
import { checkpointsName, stepOf, type PointerName } from './names.ts';

export function checkpointsOf(runDir: string): string {
  return path.join(runDir, checkpointsName);
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
