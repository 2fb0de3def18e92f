/**
 * Mean and variance of vectors that come one after the other, in float64 (Welford 1962). The same vectors in the same
 * order give the same bits. What observations and rewards are normalised with.
 */
export class RunningMoments {
  /** Vectors seen. */
  readonly count: Float64Array = new Float64Array(1);
  readonly mean: Float64Array;
  /** Sums of squared distances from the mean. */
  readonly squares: Float64Array;

  /** @param width numbers of a vector */
  constructor(width: number) {
    this.mean = new Float64Array(width);
    this.squares = new Float64Array(width);
  }

  /** Takes in the vector that begins at x[at]. */
  add(x: Float32Array | Float64Array, at: number): void {
    const { count, mean, squares } = this;
    count[0]! += 1;
    const share = 1 / count[0]!;
    for (let c = 0; c < mean.length; c++) {
      const distance = x[at + c]! - mean[c]!;
      mean[c]! += distance * share;
      squares[c]! += distance * (x[at + c]! - mean[c]!);
    }
  }

  /** Population standard deviation of column c; 1 while fewer than two vectors have come. */
  std(c: number): number {
    const count = this.count[0]!;
    return count < 2 ? 1 : Math.sqrt(this.squares[c]! / count);
  }

  /** For checkpoints: the arrays that the future depends on, by name. */
  arrays(): Record<'count' | 'mean' | 'squares', Float64Array> {
    return { count: this.count, mean: this.mean, squares: this.squares };
  }
}
