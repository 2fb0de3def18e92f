/**
 * n-step returns (Sutton and Barto 2018, section 7.1; from replay as in Rainbow, Hessel et al. 2018). Computed at sampling
 * time from the rows that follow in the ring; learners/losses.ts adds the bootstrap value.
 *
 *   R_i = sum over k < m of gamma^k r_{t+k, i},   terminals and next observation those of step t+m-1,   discount gamma^m
 *
 * m = n, or less if the window reaches the end of the episode, the newest transition, or a step in which an agent leaves:
 * only that step records whether it terminated or was truncated. Time limits bootstrap.
 */
import type { Batch } from './batch.ts';

export interface NStep {
  /** n, at least 1. */
  readonly steps: number;
  readonly gamma: number;
}

/** Offset of each array in a replay buffer row (the observation is at 0), and the row width. */
export interface RowLayout {
  readonly actions: number;
  readonly obsNext: number;
  readonly rewards: number;
  readonly terminals: number;
  readonly agentMask: number;
  /** 1 if the environment's episode ended with this step, by termination or truncation. */
  readonly ended: number;
  readonly width: number;
}

/** Read access to the replay ring. */
export interface Ring {
  readonly rows: Float32Array; // [capacity, layout.width]
  readonly layout: RowLayout;
  readonly capacity: number;
  readonly parallels: number;
  /** Stored steps of the row's environment, from this row to the newest. */
  stepsFrom(row: number): number;
}

/** Sums n-step returns while a batch is gathered. */
export class NStepReturns {
  readonly #steps: number;
  /** gamma^k for k = 0 .. n, by repeated multiplication in float64. */
  readonly #powers: Float64Array;

  constructor({ steps, gamma }: NStep) {
    this.#steps = steps;
    this.#powers = new Float64Array(steps + 1).fill(1);
    for (let k = 1; k <= steps; k++) this.#powers[k] = this.#powers[k - 1]! * gamma;
  }

  /** gamma^m */
  discount(m: number): number {
    return this.#powers[m]!;
  }

  /** m for the window starting at `row`. */
  lengthOf(ring: Ring, row: number): number {
    if (this.#steps === 1) return 1;
    const { rows, layout } = ring;
    const most = Math.min(this.#steps, ring.stepsFrom(row));
    let at = row * layout.width;
    for (let m = 1; m < most; m++) {
      if (rows[at + layout.ended] === 1) return m;
      const next = rowAfter(ring, row, m) * layout.width;
      for (let k = layout.agentMask; k < layout.ended; k++) if (rows[next + k] !== rows[at + k]) return m;
      at = next;
    }
    return most;
  }

  /** Writes the m-step returns of a window to sample b. */
  sum(ring: Ring, row: number, m: number, b: number, batch: Batch): void {
    const { rows, layout } = ring;
    const n = layout.terminals - layout.rewards;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = 0; k < m; k++)
        sum += this.#powers[k]! * rows[rowAfter(ring, row, k) * layout.width + layout.rewards + i]!;
      batch.rewards[b * n + i] = sum;
    }
  }
}

/** Row of the same environment k steps later. */
export function rowAfter({ capacity, parallels }: Ring, row: number, k: number): number {
  return (row + k * parallels) % capacity;
}
