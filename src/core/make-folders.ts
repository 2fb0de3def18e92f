import * as fs from 'node:fs';
import * as path from 'node:path';

/** mkdir -p. Node's `recursive` loops forever if a parent refuses children with ENOENT (/proc). */
export function makeFolders(dir: string): void {
  if (fs.statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return;
  makeFolders(path.dirname(dir));
  try {
    fs.mkdirSync(dir);
  } catch (error) {
    // Another process may have created it in the meantime.
    if (!fs.statSync(dir, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
