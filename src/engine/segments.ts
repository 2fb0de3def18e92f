/**
 * Segments: runs of consecutive layers that one network node computes. Layer normalisation and dropout, which cannot be
 * fused, end a segment; a network without them is a single one.
 */
import { layersOf, type NetworkSpec } from './network-spec.ts';

export interface Segment {
  /** Layers [first, end). */
  readonly first: number;
  readonly end: number;
  /** Outputs of the last layer. */
  readonly outputs: number;
  /** Operations that follow, in this order. */
  readonly normalize: boolean;
  readonly dropout: boolean;
}

/** The segments of a network from input to output; `dropout` adds a mask after every hidden layer. */
export function segmentsOf(spec: NetworkSpec, dropout = false): Segment[] {
  const layers = layersOf(spec);
  const segments: Segment[] = [];
  let first = 0;
  layers.forEach(({ outputs, normalization }, l) => {
    const end = l + 1;
    const last = end === layers.length;
    const normalize = normalization !== undefined;
    if (!normalize && !dropout && !last) return;
    segments.push({ first, end, outputs, normalize, dropout: dropout && !last });
    first = end;
  });
  return segments;
}
