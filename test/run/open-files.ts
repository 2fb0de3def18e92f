import * as fs from 'node:fs';
import * as path from 'node:path';

/** The files below a folder that this process holds open, by Linux's /proc. */
export function openFiles(folder: string): string[] {
  return fs.readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const file = fs.readlinkSync(`/proc/self/fd/${descriptor}`);
      return file.startsWith(folder + path.sep) ? [file] : [];
    } catch {
      return []; // the descriptor of the listing itself
    }
  });
}
