/** The files of a folder that was dropped on the page. */
import { UserError } from '../src/browser.ts';
import type { Located } from './folder.ts';

/** All files below a folder. @throws UserError where the browser keeps them from the page */
export async function filesBelow(folder: FileSystemDirectoryEntry): Promise<Located[]> {
  const reader = folder.createReader();
  const found: Located[] = [];
  for (;;) {
    // A reader hands out some entries at a time.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (entries.length === 0) return found;
    for (const entry of entries) {
      if (entry.isDirectory) found.push(...(await filesBelow(entry as FileSystemDirectoryEntry)));
      else
        found.push({
          path: entry.fullPath.replace(/^\//, ''),
          file: await fileOf(entry as FileSystemFileEntry),
        });
    }
  }
}

async function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, (error: DOMException) => {
      // Chromium refuses this to pages that were opened as files.
      reject(
        new UserError(
          `the folder: expected files that this page may read, got ${error.name}; choose the folder under Save and load`,
          { cause: error },
        ),
      );
    });
  });
}
