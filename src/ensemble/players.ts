/**
 * Players: the sub-policy of each group that played each transition of a replay buffer. Lets one ring serve as a replay
 * buffer per sub-policy: sampling skips the rows of others. Part of the buffer's snapshot; ensembles only.
 */
import type { IndexStream } from '../core/random.ts';
import { below, type Rule } from '../core/sections.ts';
import { markPlayers, type Ensemble, type PlayedBy } from './ensemble.ts';

export class Players {
  readonly #ensemble: Ensemble;
  /** Sub-policy indices, [capacity, G] */
  readonly #rows: Uint8Array;
  /** Number of rows that each sub-policy played, [G, K] */
  readonly #counts: Int32Array;

  constructor(ensemble: Ensemble, capacity: number) {
    this.#ensemble = ensemble;
    this.#rows = new Uint8Array(capacity * ensemble.groups);
    this.#counts = new Int32Array(ensemble.groups * ensemble.size);
  }

  /** Records `players` [E, G] for the E rows from `row` on. `size`: rows present before, some of them now overwritten. */
  store(row: number, players: Readonly<Uint8Array>, size: number): void {
    const { groups } = this.#ensemble;
    const from = row * groups;
    if (row < size) this.#count(from, players.length, -1);
    for (let i = 0; i < players.length; i++) this.#rows[from + i] = players[i]!;
    this.#count(from, players.length, 1);
  }

  /** Whether this sub-policy has played any row. */
  has({ group, subPolicy }: PlayedBy): boolean {
    return this.#counts[group * this.#ensemble.size + subPolicy]! > 0;
  }

  /** Draws uniformly among those of the first `size` rows that the sub-policy played. Requires has(). */
  draw({ group, subPolicy }: PlayedBy, stream: IndexStream, size: number): number {
    const { groups } = this.#ensemble;
    for (;;) {
      const row = stream.below(size);
      if (this.#rows[row * groups + group] === subPolicy) return row;
    }
  }

  /** Writes the marks of `row` into row b of `marks`. */
  mark(row: number, marks: Float32Array, b: number): void {
    markPlayers(this.#ensemble, this.#rows, row * this.#ensemble.groups, marks, b);
  }

  /** View of the first `size` rows. */
  snapshot(size: number): Uint8Array {
    return this.#rows.subarray(0, size * this.#ensemble.groups);
  }

  restore(rows: Readonly<Uint8Array>): void {
    this.#rows.set(rows);
    this.#counts.fill(0);
    this.#count(0, rows.length, 1);
  }

  /** What a snapshot holds. */
  get rule(): Rule {
    return below(this.#ensemble.size);
  }

  /** Snapshot size in bytes. */
  length(size: number): number {
    return size * this.#ensemble.groups;
  }

  #count(from: number, length: number, by: 1 | -1): void {
    const { groups, size } = this.#ensemble;
    for (let i = 0; i < length; i++) this.#counts[(i % groups) * size + this.#rows[from + i]!]! += by;
  }
}
