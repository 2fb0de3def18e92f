/**
 * ProgramCache: compiled programs by what they were compiled for. It keeps the most recently used ones, so that batches of
 * ever new sizes do not fill the engine's memory.
 */
import type { Program } from './engine.ts';

export class ProgramCache {
  readonly #most: number;
  /** Least recently used first. */
  readonly #kept = new Map<string, Program>();
  #latest: string | undefined;

  /** @param most programs kept, at least 1 */
  constructor(most: number) {
    this.#most = most;
  }

  /** The program of a key, compiled if it is not kept; before that, one too many is disposed of. */
  get(key: string, compile: () => Program): Program {
    const known = this.#kept.get(key);
    if (known && key === this.#latest) return known;
    if (known) this.#kept.delete(key);
    else if (this.#kept.size === this.#most) this.#disposeOfOldest();
    const program = known ?? compile();
    this.#kept.set(key, program);
    this.#latest = key;
    return program;
  }

  #disposeOfOldest(): void {
    const [oldest] = this.#kept;
    const [key, program] = oldest!;
    this.#kept.delete(key);
    program.dispose();
  }
}
