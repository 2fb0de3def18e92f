/**
 * The order of long sums, which engines must follow to agree bit for bit.
 *
 * Sums over the rows of a batch (weight gradients) are sharded: the batch is cut into SHARDS runs of consecutive
 * samples. Within a shard, rows are added in order in float32, from +0; then the shard sums are added in order, from
 * +0. SHARDS is fixed, so results do not depend on the number of threads (one to eight).
 */

export const SHARDS = 8;

/** First sample of a shard; shard s holds samples [shardStart(s), shardStart(s + 1)). */
export function shardStart(shard: number, batchSize: number): number {
  return Math.floor((shard * batchSize) / SHARDS);
}

/**
 * Lane sum, for reductions to a scalar (losses, norms): four float64 lanes, each accumulated in order from +0, combined
 * as (l0 + l1) + (l2 + l3). The caller rounds once, at the end. Array element j goes to lane j mod 4; for network
 * parameters, column c of a row of W, or element c of b, gain or shift, goes to lane c mod 4.
 */
export class LaneSum {
  readonly #lanes = [0, 0, 0, 0];

  add(index: number, term: number): void {
    this.#lanes[index % 4]! += term;
  }

  get total(): number {
    const [l0, l1, l2, l3] = this.#lanes;
    return l0! + l1! + (l2! + l3!);
  }
}
