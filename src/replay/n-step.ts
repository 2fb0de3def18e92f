/**
 * n-step returns (Sutton and Barto 2018, section 7.1; as Rainbow, Hessel et al. 2018, takes them from replay). Summed
 * when a transition is sampled, from the rows that follow it in the ring; nothing of it is stored. Not the
 * target itself: learners/losses.ts adds the discounted value of the next observation.
 *
 *   R_i = sum over k < m of gamma^k r_{t+k, i},   terminals and next observation those of step t+m-1,   discount gamma^m
 *
 * m is n, or less where the window would leave the episode or the transitions present, or where an agent leaves the
 * others: whether it terminated or its own time was up stands in that step alone. A time limit bootstraps.
 */
import type { Batch } from './batch.ts';

export interface NStep {
  /** n, at least 1. */
  readonly steps: number;
  readonly gamma: number;
}

/** Where in a row of the replay buffer each array begins (the observation at 0), and how wide a row is. */
export interface RowLayout {
  readonly actions: number;
  readonly obsNext: number;
  readonly rewards: number;
  readonly terminals: number;
  readonly agentMask: number;
  /** 1 where the environment's episode ended with the step, of all agents, whether terminated or truncated. */
  readonly ended: number;
  readonly width: number;
}

/** The ring as this file walks it. */
export interface Ring {
  readonly rows: Float32Array; // [capacity, layout.width]
  readonly layout: RowLayout;
  readonly capacity: number;
  readonly parallels: number;
  /** Steps of a row's environment that are present, from the row's own to the newest. */
  stepsFrom(row: number): number;
}

export class NStepReturns {
  readonly #steps: number;
  /** gamma^k for k = 0 .. n, products from left to right in float64. */
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

  /** m for the window that begins with a row. */
  lengthOf(ring: Ring, row: number): number {
    if (this.#steps === 1) return 1;
    const { rows, layout } = ring;
    const most = Math.min(this.#steps, ring.stepsFrom(row));
    let mask = row * layout.width + layout.agentMask;
    for (let m = 1; m < most; m++) {
      if (rows[mask - layout.agentMask + layout.ended] === 1) return m;
      const next = rowAfter(ring, row, m) * layout.width + layout.agentMask;
      for (let i = 0; i < layout.ended - layout.agentMask; i++)
        if (rows[next + i] !== rows[mask + i]) return m;
      mask = next;
    }
    return most;
  }

  /** Writes the rewards of a window of m steps into sample b. */
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

/** The row of the same environment k steps later. */
export function rowAfter({ capacity, parallels }: Ring, row: number, k: number): number {
  return (row + k * parallels) % capacity;
}
