/**
 * Segments: runs of layers that one network node computes. A multilayer perceptron whose activations are all fused is a
 * single segment; where something stands between two layers that the network node does not do, a segment ends.
 */
import { layersOf, type NetworkSpec } from './network-spec.ts';

export interface Segment {
  /** Layers [first, end). */
  readonly first: number;
  readonly end: number;
  /** Outputs of the last of them. */
  readonly outputs: number;
  /** What follows, in this order. */
  readonly gelu: boolean;
  readonly normalize: boolean;
  readonly dropout: boolean;
}

/** The segments of a network, from input to output; with dropout, hidden outputs are masked. */
export function segmentsOf(spec: NetworkSpec, dropout = false): Segment[] {
  const layers = layersOf(spec);
  const segments: Segment[] = [];
  let first = 0;
  layers.forEach(({ outputs, gelu, normalization }, l) => {
    const end = l + 1;
    const last = end === layers.length;
    const normalize = normalization !== undefined;
    if (!gelu && !normalize && !dropout && !last) return;
    segments.push({ first, end, outputs, gelu, normalize, dropout: dropout && !last });
    first = end;
  });
  return segments;
}
