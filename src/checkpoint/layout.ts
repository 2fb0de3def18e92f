/**
 * Layout of the checkpoints in a run directory: folders `checkpoints/step-000400000/`, and the text files `latest` and
 * `best`, each naming one of them. save.ts writes them, load.ts reads them.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';

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
  return fs
    .readdirSync(dir)
    .flatMap((name) => {
      const step = stepOf(name);
      return step === null ? [] : [{ name, step }];
    })
    .sort((a, b) => a.step - b.step);
}

/** The folder that `latest` or `best` names, or null if there is no such file. */
export function readPointer(dir: string, pointer: PointerName): string | null {
  try {
    return fs.readFileSync(path.join(dir, pointer), 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
