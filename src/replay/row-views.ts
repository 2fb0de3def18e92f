/**
 * RowViews: copies the rows of an array [E, width] to places that lie apart, each with one set(), which is faster than a loop.
 * set() needs a view of each row; they are kept for as long as the array is the same, as in a rollout.
 */
export class RowViews {
  readonly #width: number;
  #array: Float32Array | undefined;
  #views: readonly Float32Array[] = [];

  constructor(width: number) {
    this.#width = width;
  }

  /** Copies row e of `array` [E, width] to to[at + e * stride ...]. */
  copy(array: Float32Array, to: Float32Array, at: number, stride: number): void {
    const views = array === this.#array ? this.#views : this.#viewsOf(array);
    for (let e = 0; e < views.length; e++) to.set(views[e]!, at + e * stride);
  }

  #viewsOf(array: Float32Array): readonly Float32Array[] {
    const width = this.#width;
    this.#array = array;
    this.#views = Array.from({ length: array.length / width }, (_, e) =>
      array.subarray(e * width, (e + 1) * width),
    );
    return this.#views;
  }
}
