/**
 * NewEpisodes: how a run is resumed whose environments cannot save their state. A checkpoint then holds, for each
 * environment, its seed and how many episodes it has begun; a resumed run starts new episodes from a seed that
 * follows from both, so that it repeats neither what was played before nor, resumed twice, itself differently.
 */
import { FastStream } from '../core/random.ts';
import type { SectionData, Sections } from '../core/sections.ts';

export class NewEpisodes {
  /** Seed of the last reset, [E]. */
  readonly #seeds: Float64Array;
  /** Episodes begun since then, [E]. */
  readonly #begun: Float64Array;

  constructor(count: number) {
    this.#seeds = new Float64Array(count);
    this.#begun = new Float64Array(count);
  }

  reset(seeds: readonly number[]): void {
    this.#seeds.set(seeds);
    this.#begun.fill(1);
  }

  /** Counts the episodes that follow those that ended, [E]. */
  count(ended: Uint8Array): void {
    for (let e = 0; e < ended.length; e++) this.#begun[e]! += ended[e]!;
  }

  sections(): Record<string, SectionData> {
    return { seeds: this.#seeds, begun: this.#begun };
  }

  restore(sections: Sections): void {
    this.#seeds.set(sections.get('seeds', Float64Array, this.#seeds.length));
    this.#begun.set(sections.get('begun', Float64Array, this.#begun.length));
  }

  /** The seeds to go on from. */
  seeds(): number[] {
    return [...this.#seeds].map((seed, e) =>
      new FastStream(seed, `after ${this.#begun[e]!} episodes`).uint32(),
    );
  }
}
