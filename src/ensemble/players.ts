/**
 * Players: which sub-policy of each group played the transitions of a replay buffer (core/ensemble.ts). With it one ring
 * is one replay for every sub-policy: rows of others are passed over when a row is drawn. Part of the buffer's
 * snapshot; only ensembles have it.
 */
import type { IndexStream } from '../core/random.ts';
import { markPlayers, type Ensemble, type PlayedBy } from './ensemble.ts';

export class Players {
  readonly #ensemble: Ensemble;
  /** Indices of sub-policies, [capacity, G] */
  readonly #rows: Uint8Array;
  /** Rows that each sub-policy played, [G, K] */
  readonly #counts: Int32Array;

  constructor(ensemble: Ensemble, capacity: number) {
    this.#ensemble = ensemble;
    this.#rows = new Uint8Array(capacity * ensemble.groups);
    this.#counts = new Int32Array(ensemble.groups * ensemble.size);
  }

  /** Who played the rows from `row` on, `players` [E, G]; `size` rows were present before, and may be overwritten. */
  store(row: number, players: Readonly<Uint8Array>, size: number): void {
    const { groups } = this.#ensemble;
    const from = row * groups;
    if (row < size) this.#count(from, players.length, -1);
    for (let i = 0; i < players.length; i++) this.#rows[from + i] = players[i]!;
    this.#count(from, players.length, 1);
  }

  /** Whether there is a row that this sub-policy played. */
  has({ group, subPolicy }: PlayedBy): boolean {
    return this.#counts[group * this.#ensemble.size + subPolicy]! > 0;
  }

  /** One of the `size` rows that the sub-policy played, each as likely; has() says whether there is one. */
  draw({ group, subPolicy }: PlayedBy, stream: IndexStream, size: number): number {
    const { groups } = this.#ensemble;
    for (;;) {
      const row = stream.below(size);
      if (this.#rows[row * groups + group] === subPolicy) return row;
    }
  }

  /** Writes the marks of a row into row b of `marks`. */
  mark(row: number, marks: Float32Array, b: number): void {
    markPlayers(this.#ensemble, this.#rows, row * this.#ensemble.groups, marks, b);
  }

  /** Those of the first `size` rows, as a view. */
  snapshot(size: number): Uint8Array {
    return this.#rows.subarray(0, size * this.#ensemble.groups);
  }

  restore(rows: Readonly<Uint8Array>): void {
    this.#rows.set(rows);
    this.#counts.fill(0);
    this.#count(0, rows.length, 1);
  }

  /** Bytes of a snapshot. */
  length(size: number): number {
    return size * this.#ensemble.groups;
  }

  #count(from: number, length: number, by: 1 | -1): void {
    const { groups, size } = this.#ensemble;
    for (let i = 0; i < length; i++) this.#counts[(i % groups) * size + this.#rows[from + i]!]! += by;
  }
}
