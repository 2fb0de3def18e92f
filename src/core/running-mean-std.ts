/**
 * Running mean and variance of a stream of vectors, in float64 (Welford 1962). Normalises observations. Deterministic:
 * the same vectors in the same order give the same bits.
 */
export class RunningMeanStd {
  /** Number of vectors seen. */
  readonly count: Float64Array = new Float64Array(1);
  readonly mean: Float64Array;
  /** Sums of squared deviations from the mean. */
  readonly squares: Float64Array;

  /** @param width length of the vectors */
  constructor(width: number) {
    this.mean = new Float64Array(width);
    this.squares = new Float64Array(width);
  }

  /** Adds the vector x[at .. at + width). */
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

  /** Population standard deviation of column c; 1 until there are two vectors. */
  std(c: number): number {
    const count = this.count[0]!;
    return count < 2 ? 1 : Math.sqrt(this.squares[c]! / count);
  }

  /** The complete state by name, for checkpoints. */
  arrays(): Record<'count' | 'mean' | 'squares', Float64Array> {
    return { count: this.count, mean: this.mean, squares: this.squares };
  }
}
