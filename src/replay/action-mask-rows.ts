/**
 * ActionMaskRows: the action masks of a replay buffer's transitions, of the observation and of the next one. Kept beside
 * the rows of float32 numbers, one byte each; only environments with action masks have them. Part of the buffer's
 * snapshot.
 */
import type { Batch } from './batch.ts';

/** The action masks of one step of every environment, each [E, SA]. */
export interface StepMasks {
  readonly before: Readonly<Uint8Array>;
  readonly after: Readonly<Uint8Array>;
}

export class ActionMaskRows {
  readonly #width: number;
  /** [capacity, 2 SA]: mask of the observation, mask of the next observation. */
  readonly #rows: Uint8Array;

  constructor(actTotal: number, capacity: number) {
    this.#width = actTotal;
    this.#rows = new Uint8Array(2 * actTotal * capacity);
  }

  /** Stores masks in the rows from `row` on. */
  store(row: number, { before, after }: StepMasks): void {
    const width = this.#width;
    let at = row * 2 * width;
    for (let from = 0; from < before.length; from += width, at += 2 * width)
      for (let k = 0; k < width; k++) {
        this.#rows[at + k] = before[from + k]!;
        this.#rows[at + width + k] = after[from + k]!;
      }
  }

  /** Writes the masks at a window's first observation and after its last row into sample b. */
  gather(first: number, last: number, b: number, { actionMask, actionMaskNext }: Batch): void {
    if (!actionMask || !actionMaskNext)
      throw new RangeError('ReplayBuffer.sample: expected a batch with action masks, got one without');
    const width = this.#width;
    const from = first * 2 * width;
    const next = last * 2 * width + width;
    for (let k = 0; k < width; k++) {
      actionMask[b * width + k] = this.#rows[from + k]!;
      actionMaskNext[b * width + k] = this.#rows[next + k]!;
    }
  }

  /** Masks of the first `size` rows, as a view. */
  snapshot(size: number): Uint8Array {
    return this.#rows.subarray(0, this.length(size));
  }

  restore(rows: Readonly<Uint8Array>): void {
    this.#rows.set(rows);
  }

  /** Bytes of a snapshot. */
  length(size: number): number {
    return size * 2 * this.#width;
  }
}
