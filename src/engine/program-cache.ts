/**
 * ProgramCache: compiled programs, or families of them, by what they were compiled for. It keeps the most recently used
 * ones, so that batches of ever new sizes do not fill the engine's memory.
 */
import type { Program } from './engine.ts';

export class ProgramCache<Kept extends Pick<Program, 'dispose'> = Program> {
  readonly #most: number;
  /** Least recently used first. */
  readonly #kept = new Map<string, Kept>();
  #latest: string | undefined;

  /** @param most programs kept, at least 1 */
  constructor(most: number) {
    this.#most = most;
  }

  /** What is kept for a key, compiled if it is not kept; before that, one too many is disposed of. */
  get(key: string, compile: () => Kept): Kept {
    const known = this.#kept.get(key);
    if (known && key === this.#latest) return known;
    if (known) this.#kept.delete(key);
    else if (this.#kept.size === this.#most) this.#disposeOfOldest();
    const kept = known ?? compile();
    this.#kept.set(key, kept);
    this.#latest = key;
    return kept;
  }

  #disposeOfOldest(): void {
    const [oldest] = this.#kept;
    const [key, kept] = oldest!;
    this.#kept.delete(key);
    kept.dispose();
  }
}
