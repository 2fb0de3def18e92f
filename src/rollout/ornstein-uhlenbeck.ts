/**
 * Ornstein-Uhlenbeck noise (Uhlenbeck and Ornstein 1930; for exploration: Lillicrap et al. 2016): x <- (1 - theta) x +
 * a standard normal number, so that an agent keeps going one way for about 1 / theta steps. Its standard deviation
 * grows from 1 to 1 / sqrt(1 - (1 - theta)^2), 1.9 at 0.15. At theta 1 it is Gaussian noise. Noise only: who adds it
 * to actions, and scales it, is Exploration.
 */
export class OrnsteinUhlenbeck {
  /** x of each column of each environment, [E, SA]. */
  readonly state: Float64Array;
  readonly #kept: number;

  constructor(environments: number, actTotal: number, theta: number) {
    this.state = new Float64Array(environments * actTotal);
    this.#kept = 1 - theta;
  }

  /** Moves the number at `k` on by the normal draw, and gives it. */
  next(k: number, draw: number): number {
    const x = this.#kept * this.state[k]! + draw;
    this.state[k] = x;
    return x;
  }

  /** Starts again from 0 in every environment whose episode has ended, by `ended` [E]. */
  restart(ended: Uint8Array): void {
    const columns = this.state.length / ended.length;
    for (let e = 0; e < ended.length; e++)
      if (ended[e] === 1) this.state.fill(0, e * columns, (e + 1) * columns);
  }
}
