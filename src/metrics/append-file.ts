/**
 * AppendFile: an append-only file that tracks its length, so that a checkpoint can record it and a resumed run can
 * truncate to it. Writes are synchronous; file system errors propagate, with the file's path.
 */
import * as fs from 'node:fs';
import type { Appendable } from './sink.ts';

export class AppendFile implements Appendable {
  readonly #path: string;
  readonly #fd: number;
  #length: number;

  /** Creates a new file, which must not exist, or opens one of at least `resumeLength` bytes and truncates it to them. */
  constructor(path: string, resumeLength: number | null) {
    this.#path = path;
    if (resumeLength === null) {
      this.#fd = fs.openSync(path, 'wx+');
      this.#length = 0;
      return;
    }
    this.#fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT);
    fs.ftruncateSync(this.#fd, resumeLength);
    this.#length = resumeLength;
  }

  /** Length in bytes. */
  get length(): number {
    return this.#length;
  }

  /** For syncing from another thread. */
  get descriptor(): number {
    return this.#fd;
  }

  append(content: Uint8Array | string): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    try {
      for (let done = 0; done < bytes.length;) {
        const written = fs.writeSync(this.#fd, bytes, done, bytes.length - done, this.#length);
        done += written;
        this.#length += written;
      }
    } catch (error) {
      // Node names no file in errors of a descriptor.
      throw Object.assign(error as NodeJS.ErrnoException, { path: this.#path });
    }
  }

  /** Everything written so far, as text. */
  read(): string {
    const bytes = new Uint8Array(this.#length);
    for (let done = 0; done < bytes.length;) {
      const read = fs.readSync(this.#fd, bytes, done, bytes.length - done, done);
      if (read === 0)
        throw new Error(`expected ${bytes.length} bytes, got ${done}: the file was truncated meanwhile`);
      done += read;
    }
    return new TextDecoder().decode(bytes);
  }

  /** Syncs the content to disk. */
  flush(): void {
    fs.fsyncSync(this.#fd);
  }

  close(): void {
    this.flush();
    fs.closeSync(this.#fd);
  }
}
