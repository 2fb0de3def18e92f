/** Sharded float32 sums over the rows of a batch (sums.ts). */
import { shardStart, SHARDS } from '../sums.ts';

/** y[to + k] += x[from + k] for k < n. */
export function addTo(x: Float32Array, from: number, n: number, y: Float32Array, to: number): void {
  for (let k = 0; k < n; k++) y[to + k] = Math.fround(y[to + k]! + x[from + k]!);
}

/** Sharded sum over batchSize * rows rows into out[at .. at + width); `addRow` adds one row to a shard's sum. */
export function sumOverSamples(
  batchSize: number,
  out: Float32Array,
  at: number,
  width: number,
  rows: number,
  addRow: (row: number, sum: Float32Array) => void,
): void {
  out.fill(0, at, at + width);
  const sum = new Float32Array(width);
  for (let shard = 0; shard < SHARDS; shard++) {
    sum.fill(0);
    const end = shardStart(shard + 1, batchSize) * rows;
    for (let row = shardStart(shard, batchSize) * rows; row < end; row++) addRow(row, sum);
    addTo(sum, 0, width, out, at);
  }
}
