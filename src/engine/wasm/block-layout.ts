/** Layout of a network's block in linear memory: leaves in order, each row zero-padded to a multiple of four numbers. */
import { layersOf, type NetworkSpec } from '../network-spec.ts';
import { padded } from './memory.ts';

interface PaddedLeaf {
  /** Offset in the padded block, and in the dense block (network-spec.ts). */
  readonly offset: number;
  readonly dense: number;
  readonly rows: number;
  readonly columns: number;
  /** Elements between rows. */
  readonly stride: number;
}

/** Offsets of a layer in a padded block, in elements. */
export interface LayerOffsets {
  readonly weight: number;
  readonly bias: number;
  /** Elements between rows of W. */
  readonly stride: number;
  readonly normalization?: { readonly gain: number; readonly shift: number };
}

export class BlockLayout {
  /** Elements of the padded block, a multiple of four. */
  readonly length: number;
  /** Elements of the dense block. */
  readonly denseLength: number;
  readonly layers: readonly LayerOffsets[];
  readonly #leaves: readonly PaddedLeaf[];

  constructor(spec: NetworkSpec) {
    const leaves: PaddedLeaf[] = [];
    let offset = 0;
    let dense = 0;
    const add = (rows: number, columns: number): PaddedLeaf => {
      const leaf = { offset, dense, rows, columns, stride: padded(columns, 4) };
      leaves.push(leaf);
      offset += rows * leaf.stride;
      dense += rows * columns;
      return leaf;
    };
    this.layers = layersOf(spec).map(({ inputs, outputs, normalization }) => {
      const weight = add(outputs, inputs);
      const bias = add(1, outputs);
      const layer = { weight: weight.offset, bias: bias.offset, stride: weight.stride };
      if (!normalization) return layer;
      const [gain, shift] = [add(1, outputs), add(1, outputs)];
      return { ...layer, normalization: { gain: gain.offset, shift: shift.offset } };
    });
    this.length = offset;
    this.denseLength = dense;
    this.#leaves = leaves;
  }

  /** A dense copy of a padded block. */
  toDense(block: Float32Array): Float32Array {
    const out = new Float32Array(this.denseLength);
    this.#rows((from, to, columns) => {
      out.set(block.subarray(from, from + columns), to);
    });
    return out;
  }

  /** Copies a dense block into a padded one. */
  fromDense(dense: Float32Array, block: Float32Array): void {
    this.#rows((to, from, columns) => {
      block.set(dense.subarray(from, from + columns), to);
    });
  }

  #rows(visit: (paddedAt: number, denseAt: number, columns: number) => void): void {
    for (const { offset, dense, rows, columns, stride } of this.#leaves)
      for (let r = 0; r < rows; r++) visit(offset + r * stride, dense + r * columns, columns);
  }
}
