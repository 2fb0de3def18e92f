/**
 * Segments: runs of consecutive dense layers that one network node computes. Layer normalisation and dropout, which cannot
 * be fused, end a segment, and so do recurrent layers; a network without them is a single one.
 */
import { layersOf, type NetworkSpec } from './network-spec.ts';

export interface Segment {
  /** Layers [first, end). */
  readonly first: number;
  readonly end: number;
  /** Outputs of the last layer. */
  readonly outputs: number;
  /** Whether recurrent layers follow, possibly after other segments. */
  readonly front: boolean;
  /** Operations that follow, in this order. */
  readonly normalize: boolean;
  readonly dropout: boolean;
}

/**
 * The segments of a network from input to output; `dropout` adds a mask after every hidden layer, but not where there are
 * recurrent layers: there, as in PyTorch, it comes between those.
 */
export function segmentsOf(spec: NetworkSpec, dropout = false): Segment[] {
  const layers = layersOf(spec);
  const fronts = spec.recurrent?.fc.length ?? 0;
  const masked = dropout && !spec.recurrent;
  const segments: Segment[] = [];
  let first = 0;
  layers.forEach(({ outputs, normalization }, l) => {
    const end = l + 1;
    const last = end === layers.length;
    const normalize = normalization !== undefined;
    if (!normalize && !masked && !last && end !== fronts) return;
    segments.push({ first, end, outputs, front: l < fronts, normalize, dropout: masked && !last });
    first = end;
  });
  return segments;
}
