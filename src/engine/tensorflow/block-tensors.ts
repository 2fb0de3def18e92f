/** A network's parameters as tensors, by layer. */
import { layersOf, matricesOf, recurrentLayersOf, type NetworkSpec } from '../network-spec.ts';
import type { TensorName } from './graph-def.ts';
import { T, type Operations } from './operations.ts';

/** Parameters of a layer: W [outputs, inputs], b [outputs] and, if it is normalised, gain and shift [outputs]. */
export interface LayerTensors {
  readonly weight: TensorName;
  readonly bias: TensorName;
  readonly gain?: TensorName;
  readonly shift?: TensorName;
}

/** Parameters of a recurrent layer: W [gates, columns] and b [gates] of the input and of the state. */
export interface RecurrentTensors {
  readonly inputWeight: TensorName;
  readonly stateWeight: TensorName;
  readonly inputBias: TensorName;
  readonly stateBias: TensorName;
}

export interface BlockTensors {
  readonly layers: readonly LayerTensors[];
  readonly recurrent: readonly RecurrentTensors[];
}

/** Splits a block, a vector. */
export function splitBlock(ops: Operations, spec: NetworkSpec, block: TensorName): BlockTensors {
  const matrices = matricesOf(spec);
  const sizes = ops.builder.ints(matrices.map(({ rows, columns }) => rows * columns));
  const parts = ops.op('SplitV', [block, sizes, ops.int(0)], {
    ...T,
    Tlen: { type: 'int32' },
    num_split: { int: matrices.length },
  });
  /** The part at this offset of the block, a vector; one without numbers has the offset of the next. */
  const at = (offset: number, columns: number): TensorName => {
    const k = matrices.findIndex((matrix) => matrix.offset === offset && matrix.columns === columns);
    return k === 0 ? parts : `${parts}:${k}`;
  };
  const matrix = (offset: number, rows: number, columns: number): TensorName =>
    ops.reshape(at(offset, columns), [rows, columns]);
  return {
    layers: layersOf(spec).map(({ outputs, inputs, weight, bias, normalization }) => ({
      ...{ weight: matrix(weight, outputs, inputs), bias: at(bias, outputs) },
      ...(normalization && {
        gain: at(normalization.gain, outputs),
        shift: at(normalization.shift, outputs),
      }),
    })),
    recurrent: recurrentLayersOf(spec).map((layer) => ({
      inputWeight: matrix(layer.inputWeight, layer.gates, layer.inputs),
      stateWeight: matrix(layer.stateWeight, layer.gates, layer.width),
      inputBias: at(layer.inputBias, layer.gates),
      stateBias: at(layer.stateBias, layer.gates),
    })),
  };
}
