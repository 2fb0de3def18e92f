/** Layout of a network's block in linear memory: matrices in order, each row zero-padded to a multiple of four numbers. */
import { layersOf, matricesOf, recurrentLayersOf, type Matrix, type NetworkSpec } from '../network-spec.ts';
import { padded } from './memory.ts';

interface PaddedMatrix extends Matrix {
  /** Offset in the padded block; `offset` is that in the dense block (network-spec.ts). */
  readonly padded: number;
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

/** Offsets of a recurrent layer in a padded block, in elements, and the elements between rows of W_ih and W_hh. */
export interface RecurrentOffsets {
  readonly inputWeight: number;
  readonly inputStride: number;
  readonly stateWeight: number;
  readonly stateStride: number;
  readonly inputBias: number;
  readonly stateBias: number;
}

export class BlockLayout {
  /** Elements of the padded block, a multiple of four. */
  readonly length: number;
  /** Elements of the dense block. */
  readonly denseLength: number;
  readonly layers: readonly LayerOffsets[];
  readonly recurrent: readonly RecurrentOffsets[];
  readonly #matrices: readonly PaddedMatrix[];

  constructor(spec: NetworkSpec) {
    let length = 0;
    let denseLength = 0;
    this.#matrices = matricesOf(spec).map((matrix) => {
      const laidOut = { ...matrix, padded: length, stride: padded(matrix.columns, 4) };
      length += matrix.rows * laidOut.stride;
      denseLength += matrix.rows * matrix.columns;
      return laidOut;
    });
    this.length = length;
    this.denseLength = denseLength;
    // A matrix without numbers has the offset of the next one, and is found by its size.
    const at = (offset: number, columns: number): PaddedMatrix =>
      this.#matrices.find((matrix) => matrix.offset === offset && matrix.columns === columns)!;
    this.layers = layersOf(spec).map(({ inputs, outputs, weight, bias, normalization }) => {
      const { padded: ofWeight, stride } = at(weight, inputs);
      const layer = { weight: ofWeight, bias: at(bias, outputs).padded, stride };
      if (!normalization) return layer;
      const [gain, shift] = [at(normalization.gain, outputs), at(normalization.shift, outputs)];
      return { ...layer, normalization: { gain: gain.padded, shift: shift.padded } };
    });
    this.recurrent = recurrentLayersOf(spec).map((layer) => {
      const input = at(layer.inputWeight, layer.inputs);
      const state = at(layer.stateWeight, layer.width);
      return {
        ...{ inputWeight: input.padded, inputStride: input.stride },
        ...{ stateWeight: state.padded, stateStride: state.stride },
        inputBias: at(layer.inputBias, layer.gates).padded,
        stateBias: at(layer.stateBias, layer.gates).padded,
      };
    });
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
    for (const { offset, padded: at, rows, columns, stride } of this.#matrices)
      for (let r = 0; r < rows; r++) visit(at + r * stride, offset + r * columns, columns);
  }
}
