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

/** Lanes of a sum to one number. */
export const LANES = 4;

/**
 * Sum of term(0) .. term(n - 1) to one number (losses, norms): float64, term j goes to lane
 * j mod 4 in order, lanes start from +0 and are combined as (l0 + l1) + (l2 + l3). Round once at the end.
 */
export function sumInLanes(n: number, term: (index: number) => number): number {
  const lanes = [0, 0, 0, 0];
  for (let j = 0; j < n; j++) lanes[j % LANES]! += term(j);
  return lanes[0]! + lanes[1]! + (lanes[2]! + lanes[3]!);
}
