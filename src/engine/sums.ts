/**
 * The documented order of long sums. Engines must follow it to agree in every bit.
 *
 * Sums over the rows of a batch (weight gradients): the samples are cut into SHARDS runs of
 * consecutive samples; inside a shard the rows are added in order in float32, starting from +0; the
 * shards' sums are added in shard order, starting from +0 again. The number is fixed, so that one to eight threads can
 * share the work and none of them changes a bit.
 */

export const SHARDS = 8;

/** First sample of shard s in a batch of B samples; shard s holds samples [start(s), start(s + 1)). */
export function shardStart(shard: number, batchSize: number): number {
  return Math.floor((shard * batchSize) / SHARDS);
}

/**
 * A sum to one number (losses, norms): float64 in four lanes, each from +0 in the order of its terms, combined as
 * (l0 + l1) + (l2 + l3). Round once, at the end. Element j of an array goes to lane j mod 4; of a network's parameters
 * column c of a row of a layer's W, or of its b, gain or shift, goes to lane c mod 4.
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
