/** History: what was learned by when, thinned evenly over the training. */
import type { Weights } from './protocol.ts';

/** Moments kept, at most. */
const MOST = 120;

export interface Moment {
  readonly step: number;
  readonly weights: Weights;
}

export class History {
  #moments: Moment[] = [];
  /** Steps between moments. Doubles when there are too many. */
  #apart: number;

  /** `steps`: length of the training. */
  constructor(steps: number) {
    this.#apart = Math.max(1, Math.floor(steps / MOST));
  }

  get moments(): readonly Moment[] {
    return this.#moments;
  }

  add(step: number, weights: Weights): void {
    const last = this.#moments.at(-1);
    if (last && step < last.step + this.#apart) return;
    this.#moments.push({ step, weights });
    if (this.#moments.length <= MOST) return;
    this.#apart *= 2;
    this.#moments = this.#moments.filter((_, k) => k % 2 === 0);
  }

  /** The last moment not after a step. */
  at(step: number): Moment | undefined {
    return this.#moments.findLast((moment) => moment.step <= step) ?? this.#moments[0];
  }
}
