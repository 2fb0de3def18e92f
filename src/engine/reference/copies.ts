/** The nodes of the reference engine that only move numbers: rows, joint and slots. */
import { widthOf, type JointNode, type RowsNode, type SlotsNode, type Value } from '../graph.ts';

/** A value's array, [B, slots, size]. */
export interface Place {
  readonly array: Float32Array;
  readonly batchSize: number;
  readonly slots: number;
  readonly size: number;
}

type PlaceOf = (value: Value) => Place;

export function copyRows({ x, offsets, out }: RowsNode, placeOf: PlaceOf): () => void {
  const { array: from, batchSize, slots, size } = placeOf(x);
  const to = placeOf(out).array;
  const width = widthOf(out);
  return () => {
    for (let slot = 0, at = 0; slot < batchSize * slots; slot++)
      for (const offset of offsets)
        for (let c = 0; c < width; c++) to[at++] = from[slot * size + offset + c]!;
  };
}

export function copyJoint({ pieces, out }: JointNode, placeOf: PlaceOf): () => void {
  const { array: to, batchSize, slots } = placeOf(out);
  const sources = pieces.map(({ x, row }) => ({ ...placeOf(x), row, width: widthOf(x) }));
  return () => {
    for (let slot = 0, at = 0; slot < batchSize * slots; slot++)
      for (const { array, size, row, width } of sources)
        for (let c = 0; c < width; c++) to[at++] = array[slot * size + row * width + c]!;
  };
}

export function copySlots({ x, from, out }: SlotsNode, placeOf: PlaceOf): () => void {
  const source = placeOf(x);
  const { array: to, batchSize, slots, size } = placeOf(out);
  return () => {
    to.fill(0);
    for (let b = 0; b < batchSize; b++)
      for (let t = Math.max(0, -from); t < Math.min(slots, source.slots - from); t++) {
        const start = (b * source.slots + from + t) * size;
        to.set(source.array.subarray(start, start + size), (b * slots + t) * size);
      }
  };
}
