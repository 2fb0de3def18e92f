/**
 * SumTree: proportional sampling from non-negative weights (Schaul et al. 2016, appendix B.2.1). Updates and draws take
 * O(log n). Every inner node is exactly the float64 sum of its children, so results do not depend on update order.
 */
export class SumTree {
  /** Number of leaves: `size` rounded up to a power of two. Node k has children 2k and 2k + 1; the root is node 1. */
  readonly #leaves: number;
  readonly #sums: Float64Array;

  constructor(size: number) {
    let leaves = 2;
    while (leaves < size) leaves *= 2;
    this.#leaves = leaves;
    this.#sums = new Float64Array(2 * this.#leaves);
  }

  /** Sum of all weights. */
  get total(): number {
    return this.#sums[1]!;
  }

  get(leaf: number): number {
    return this.#sums[this.#leaves + leaf]!;
  }

  set(leaf: number, weight: number): void {
    const sums = this.#sums;
    let node = this.#leaves + leaf;
    sums[node] = weight;
    for (node >>= 1; node >= 1; node >>= 1) sums[node] = sums[2 * node]! + sums[2 * node + 1]!;
  }

  /** The leaf whose share of [0, total) contains `mass`. Never one of weight 0 unless all are. */
  find(mass: number): number {
    const sums = this.#sums;
    let node = 1;
    let rest = mass;
    while (node < this.#leaves) {
      const left = sums[2 * node]!;
      // Rounding may push `rest` past the last nonzero weight: never descend into an empty subtree.
      if (rest < left || sums[2 * node + 1] === 0) node = 2 * node;
      else {
        rest -= left;
        node = 2 * node + 1;
      }
    }
    return node - this.#leaves;
  }

  /** Weights of the first `count` leaves. */
  weights(count: number): Float64Array {
    return this.#sums.slice(this.#leaves, this.#leaves + count);
  }

  /** Sets the first leaves to `weights` and all others to 0. */
  setAll(weights: Float64Array): void {
    const sums = this.#sums;
    sums.fill(0);
    sums.set(weights, this.#leaves);
    for (let node = this.#leaves - 1; node >= 1; node--) sums[node] = sums[2 * node]! + sums[2 * node + 1]!;
  }
}
