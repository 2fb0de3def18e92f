/**
 * Resuming from an older checkpoint gives up what came after it. Nothing is deleted: newer checkpoints and a copy of the
 * metrics move to `abandoned/` in the run directory, so that `latest` and `best` name checkpoints of one history.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { kindOf } from '../core/regular-file.ts';
import { rename } from '../core/rename.ts';
import { readPointer, stepFolders } from '../checkpoint/layout.ts';
import { folderName } from '../checkpoint/names.ts';
import { pointAt } from '../checkpoint/save.ts';
import type { FileSnapshot } from './file-store.ts';
import type { RunDir } from './run-dir.ts';

/** Prepares a run for resuming from `snapshot`. Returns a line for the user if something is set aside. */
export function rewind(dir: RunDir, { state, checkpoint }: FileSnapshot): string[] {
  const { checkpoints } = dir;
  const name = path.basename(path.resolve(checkpoint));
  // The newest one: what lies beyond it is an interrupted save.
  if (path.dirname(path.resolve(checkpoint)) !== path.resolve(checkpoints)) return [];
  if (readPointer(checkpoints, 'latest') === name) return [];
  const newer = stepFolders(checkpoints).filter(({ step }) => step > state.step);
  const aside = newFolder(path.join(dir.path, 'abandoned'));
  // Copied first, as the disk may be full: once `latest` has moved, a retry would set nothing aside.
  if (kindOf(dir.metrics) === 'file')
    fs.copyFileSync(dir.metrics, path.join(aside, path.basename(dir.metrics)));
  pointAt(checkpoints, 'latest', name);
  const best = state.best && folderName(state.best.step);
  if (best !== null && fs.existsSync(path.join(checkpoints, best))) pointAt(checkpoints, 'best', best);
  else fs.rmSync(path.join(checkpoints, 'best'), { force: true });
  for (const folder of newer) rename(path.join(checkpoints, folder.name), path.join(aside, folder.name));
  const what = newer.map((folder) => folder.name).join(', ');
  return [
    `going back to step ${state.step}: the metrics since then${what === '' ? '' : ` and ${what}`} are kept in ${aside}`,
  ];
}

/** Makes `folder`, or the first free of `folder-2`, `folder-3`, ... */
function newFolder(folder: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? folder : `${folder}-${n}`;
    if (fs.existsSync(name)) continue;
    fs.mkdirSync(name);
    return name;
  }
}
