/** Where a network's parameters stand in linear memory: leaves in order, rows padded to four numbers with zeros. */
import { layersOf, type NetworkSpec } from '../network-spec.ts';
import { padded } from './memory.ts';

interface PaddedLeaf {
  /** First element in the padded block and in the dense one (network-spec.ts). */
  readonly offset: number;
  readonly dense: number;
  readonly rows: number;
  readonly columns: number;
  /** Elements from one row to the next. */
  readonly stride: number;
}

export interface LayerAddress {
  /** Elements from the block's start. */
  readonly weight: number;
  readonly bias: number;
  /** Elements between rows of W. */
  readonly stride: number;
  readonly normalization?: { readonly gain: number; readonly shift: number };
}

export class BlockLayout {
  /** Elements of a padded block, a multiple of four. */
  readonly length: number;
  /** Elements of the dense block. */
  readonly denseLength: number;
  readonly layers: readonly LayerAddress[];
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

  /** Writes a dense block into a padded one. */
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
