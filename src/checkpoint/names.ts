/**
 * Names in a run's checkpoints: folders `checkpoints/step-000400000/`, and the text files `latest` and `best`, each naming one
 * of them.
 */

export const checkpointsName = 'checkpoints';
export const manifestName = 'manifest.json';

export const pointerNames = ['latest', 'best'] as const;
export type PointerName = (typeof pointerNames)[number];

const stepPattern = /^step-(\d{9,})$/;

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

/** Whether `name` is a plain file name, with no path that could lead out of the folder, and one that file systems take. */
export function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && name.length <= 255 && !/[/\\\0]/.test(name);
}
