/**
 * NewEpisodes: resuming a run whose environments cannot save their state. A checkpoint holds each environment's seed and
 * episode count; a resumed run starts new episodes from a seed derived from both. So it does not replay earlier
 * episodes, and resuming twice from the same checkpoint gives the same run.
 */
import { FastStream } from '../core/random.ts';
import { COUNTS, type SectionData, type Sections } from '../core/sections.ts';

export class NewEpisodes {
  /** Seed of the last reset, [E]. */
  readonly #seeds: Float64Array;
  /** Episodes started since then, [E]. */
  readonly #begun: Float64Array;

  constructor(count: number) {
    this.#seeds = new Float64Array(count);
    this.#begun = new Float64Array(count);
  }

  reset(seeds: readonly number[]): void {
    this.#seeds.set(seeds);
    this.#begun.fill(1);
  }

  /** Counts the new episode of every environment whose last one ended. `ended`: [E] */
  count(ended: Uint8Array): void {
    for (let e = 0; e < ended.length; e++) this.#begun[e]! += ended[e]!;
  }

  sections(): Record<string, SectionData> {
    return { seeds: this.#seeds, begun: this.#begun };
  }

  restore(sections: Sections): void {
    this.#seeds.set(sections.get('seeds', Float64Array, this.#seeds.length, COUNTS));
    this.#begun.set(sections.get('begun', Float64Array, this.#begun.length, COUNTS));
  }

  /** The seeds to resume with, [E]. */
  seeds(): number[] {
    return [...this.#seeds].map((seed, e) =>
      new FastStream(seed, `after ${this.#begun[e]!} episodes`).uint32(),
    );
  }
}
