/** MemoryFile: a metric file without a file. */
import type { Appendable } from './sink.ts';

export class MemoryFile implements Appendable {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(content: Uint8Array = new Uint8Array(0)) {
    this.append(content);
  }

  get length(): number {
    return this.#length;
  }

  append(content: Uint8Array | string): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    this.#pieces.push(bytes);
    this.#length += bytes.length;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  close(): void {
    this.#pieces.length = 0;
  }
}
