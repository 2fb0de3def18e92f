/**
 * Pace: for `threads: auto`, whether a program's runs are faster alone or with all threads, here and now. It tries both in
 * turn, keeps the faster one, and tries again from time to time, since other work comes and goes. Results do not depend on
 * it: shares can be run by any number of threads, also one after the other.
 */

/** Runs before the first trial, while code is compiled and threads wake up. */
const WARM_UP = 8;
/** Runs of each kind in a trial. */
const TRIES = 5;
/** Runs between trials, so many that the slower kind hardly matters. */
const INTERVAL = 1000;

export class Pace {
  readonly #shares: number;
  readonly #now: () => number;
  /** Milliseconds of this trial's runs: alone, with all threads. */
  readonly #times: [number[], number[]] = [[], []];
  #untilTrial = WARM_UP;
  #alone = false;

  /** `shares`: those of the plan; `now`: a clock in milliseconds. */
  constructor(shares: number, now: () => number) {
    this.#shares = shares;
    this.#now = now;
  }

  /** Calls `run` with the number of shares to open. */
  run(run: (shares: number) => void): void {
    if (this.#untilTrial > 0) {
      this.#untilTrial -= 1;
      run(this.#alone ? 1 : this.#shares);
      return;
    }
    const [alone, together] = this.#times;
    const isAlone = alone.length <= together.length;
    const before = this.#now();
    run(isAlone ? 1 : this.#shares);
    (isAlone ? alone : together).push(this.#now() - before);
    if (together.length < TRIES) return;
    this.#alone = median(alone) < median(together);
    this.#times[0].length = this.#times[1].length = 0;
    this.#untilTrial = INTERVAL;
  }
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}
