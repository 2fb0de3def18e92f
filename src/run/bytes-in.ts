/** The size of a folder. */
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Bytes of all files below a folder. What disappears meanwhile, as old checkpoints of a run do, does not count. */
export function bytesIn(folder: string): number {
  return entriesIn(folder).reduce((sum, entry) => {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) return sum + bytesIn(at);
    return sum + (fs.lstatSync(at, { throwIfNoEntry: false })?.size ?? 0);
  }, 0);
}

function entriesIn(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
