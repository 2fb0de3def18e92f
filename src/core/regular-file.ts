/**
 * Reading a file that anybody may have put there: only a regular one, only up to a size, and never waiting. A pipe would
 * block, a device would never end. Callers put the file's name in front of reasonOf().
 */
import * as fs from 'node:fs';
import { systemReason } from './system-error.ts';

/** What is wrong with a file; the message stands after "got". */
class FileFault extends Error {}

/** Wording that differs from system-error.ts. */
const REASONS = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'one that may not be read; change its permissions',
  EPERM: 'one that may not be read; change its permissions',
  EISDIR: 'a folder',
  ENXIO: 'something that is not a regular file',
  EIO: 'an error of the disk (EIO); restore the file from a backup',
} as const;

/** Why the file system refused, as messages show it after "got"; undefined for any other error. */
export function reasonOf(error: unknown): string | undefined {
  return error instanceof FileFault ? error.message : systemReason(error, REASONS);
}

export type FileKind = 'file' | 'folder' | 'other';

/** What is at a path, following links; undefined if nothing is. Throws an error that reasonOf() explains. */
export function kindOf(path: string): FileKind | undefined {
  try {
    const stat = fs.statSync(path);
    if (stat.isDirectory()) return 'folder';
    return stat.isFile() ? 'file' : 'other';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Opens a regular file of at most `most` bytes for `use`, and closes it. Throws an error that reasonOf() explains. */
function withFile<T>(file: string, most: number, use: (fd: number, size: number) => T): T {
  // Without O_NONBLOCK, opening a pipe waits for a writer. Windows has neither: there it is undefined, which | takes as 0.
  const fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const stat = fs.fstatSync(fd);
    if (stat.isDirectory()) throw new FileFault(REASONS.EISDIR);
    if (!stat.isFile()) throw new FileFault(REASONS.ENXIO);
    if (stat.size > most) throw new FileFault(`${stat.size} bytes, which is more than ${most}`);
    return use(fd, stat.size);
  } finally {
    fs.closeSync(fd);
  }
}

/** Content of a regular file of at most `most` bytes. Throws an error that reasonOf() explains. */
export function readRegularFile(file: string, most: number): Uint8Array {
  return withFile(file, most, (fd, size) => {
    const bytes = new Uint8Array(size);
    fill(fd, bytes);
    return bytes;
  });
}

/** As readRegularFile(), in pieces of at most `length` bytes, each a view that the next one overwrites. */
export function visitRegularFile(
  file: string,
  most: number,
  length: number,
  visit: (piece: Uint8Array) => void,
): void {
  withFile(file, most, (fd, size) => {
    const buffer = new Uint8Array(Math.min(size, length));
    for (let left = size; left > 0; left -= length) {
      const piece = buffer.subarray(0, left);
      fill(fd, piece);
      visit(piece);
    }
  });
}

/** The most that one call can read. */
const ONE_READ = 2 ** 30;

function fill(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const read = fs.readSync(fd, bytes, done, Math.min(bytes.length - done, ONE_READ), null);
    if (read === 0) throw new FileFault('one that was cut short while it was read');
    done += read;
  }
}
