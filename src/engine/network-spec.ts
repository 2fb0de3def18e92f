/**
 * Network specifications: a multilayer perceptron as data, possibly behind recurrent layers, and the names, shapes and
 * order of its parameters. Engines own the values; this file defines their layout.
 */
import type { Tensor } from '../core/tensor-map.ts';
import { sizeOf } from '../core/tensor-map.ts';

/**
 * Activation of a hidden layer or of the outputs, whose derivative follows from its output. `leaky_relu` uses the
 * network's negative slope.
 */
export type Activation = 'none' | 'relu' | 'leaky_relu' | 'sigmoid' | 'tanh' | 'elu';

export interface NetworkSpec {
  /** `<network>/<group>`, for example `actor/shared` or `target_critic/agent_0`. */
  readonly name: string;
  /** Columns of an input row: the total width of its parts. Behind recurrent layers, their outputs are the first part. */
  readonly inputs: number;
  /** Recurrent layers in front: their outputs enter this network, the head. */
  readonly recurrent?: RecurrentSpec;
  readonly hidden: readonly number[];
  readonly outputs: number;
  readonly activation: Activation;
  readonly negativeSlope: number;
  readonly outputActivation: Activation;
  /** LayerNorm: normalises each hidden layer's output after its activation, as XuanCe does. */
  readonly normalize?: 'LayerNorm';
  /**
   * Splits the outputs into equal, named heads: the leaves of the last layer are then all W_<head>, followed by all
   * b_<head>, instead of W<l> and b<l>. A network without inputs is a row of free parameters: it has no W, and each b
   * is named after its head.
   */
  readonly heads?: readonly string[];
}

/** Recurrent layers behind dense ones, whose activation is that of the network's hidden layers. */
export interface RecurrentSpec {
  readonly cell: 'GRU' | 'LSTM';
  /** Columns of an input row. */
  readonly inputs: number;
  /** Widths of the dense layers. */
  readonly fc: readonly number[];
  /** Number of recurrent layers, each `width` wide. */
  readonly layers: number;
  readonly width: number;
}

/** Gates of a cell, in the order of their rows in W_ih and W_hh. */
export const GATES = { GRU: ['r', 'z', 'n'], LSTM: ['i', 'f', 'g', 'o'] } as const;

/** What a cell remembers, each `width` wide. */
export const STATES = { GRU: ['h'], LSTM: ['h', 'c'] } as const;

/** One layer: y = activation(x W^T + b), W [outputs, inputs] as in PyTorch. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
  /** Offset of W in the network's block. */
  readonly weight: number;
  /** Offset of b in the network's block. */
  readonly bias: number;
  /** Offsets of the gain and shift, each `outputs` long, if layer normalisation follows. */
  readonly normalization?: { readonly gain: number; readonly shift: number };
}

/**
 * One recurrent layer, with PyTorch's parameters: W_ih [gates width, inputs], W_hh [gates width, width], and two biases
 * [gates width].
 */
export interface RecurrentLayer {
  readonly cell: RecurrentSpec['cell'];
  readonly inputs: number;
  readonly width: number;
  /** Rows of W_ih and W_hh: gates times width. */
  readonly gates: number;
  /** Offsets in the network's block. */
  readonly inputWeight: number;
  readonly stateWeight: number;
  readonly inputBias: number;
  readonly stateBias: number;
}

/** A named tensor in a network's block: W0, b0, gain0, shift0, W1, ... */
export interface Leaf {
  readonly name: string;
  /** `recurrent`: W_ih or W_hh. */
  readonly kind: 'weight' | 'recurrent' | 'bias' | 'gain' | 'shift';
  readonly shape: readonly number[];
  readonly offset: number;
}

/** A matrix or vector (of one row) in a network's block. */
export interface Matrix {
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
}

/** Everything in a network's block, in order. */
interface Block {
  readonly dense: readonly Layer[];
  readonly recurrent: readonly RecurrentLayer[];
  readonly matrices: readonly Matrix[];
}

/**
 * Lays out a block without gaps: W0, b0, W1, b1, ... of the dense layers in front of recurrent ones, then W_ih, W_hh, b_ih, b_hh
 * of those, then W0, b0, ... of the head. Gain and shift follow their b.
 */
function blockOf(spec: NetworkSpec): Block {
  const matrices: Matrix[] = [];
  let end = 0;
  const add = (rows: number, columns: number): number => {
    const offset = end;
    matrices.push({ offset, rows, columns });
    end += rows * columns;
    return offset;
  };
  const dense = (inputs: number, outputs: number, last: boolean): Layer => {
    const layer = {
      ...{ inputs, outputs, activation: last ? spec.outputActivation : spec.activation },
      ...{ weight: add(outputs, inputs), bias: add(1, outputs) },
    };
    if (last || !spec.normalize) return layer;
    return { ...layer, normalization: { gain: add(1, outputs), shift: add(1, outputs) } };
  };
  const { fc, layers, width, cell, inputs } = spec.recurrent ?? NOT_RECURRENT;
  const front = fc.map((outputs, l) => dense(fc[l - 1] ?? inputs, outputs, false));
  const recurrent = Array.from({ length: layers }, (_, l): RecurrentLayer => {
    const columns = l > 0 ? width : (fc.at(-1) ?? inputs);
    const gates = GATES[cell].length * width;
    return {
      ...{ cell, inputs: columns, width, gates },
      ...{ inputWeight: add(gates, columns), stateWeight: add(gates, width) },
      ...{ inputBias: add(1, gates), stateBias: add(1, gates) },
    };
  });
  const widths = [...spec.hidden, spec.outputs];
  const head = widths.map((outputs, l) =>
    dense(widths[l - 1] ?? spec.inputs, outputs, l + 1 === widths.length),
  );
  return { dense: [...front, ...head], recurrent, matrices };
}

const NOT_RECURRENT: RecurrentSpec = { cell: 'GRU', inputs: 0, fc: [], layers: 0, width: 0 };

/** The dense layers of a network in order: those in front of recurrent layers, then the head's. */
export function layersOf(spec: NetworkSpec): readonly Layer[] {
  return blockOf(spec).dense;
}

/** The recurrent layers of a network in order. */
export function recurrentLayersOf(spec: NetworkSpec): readonly RecurrentLayer[] {
  return blockOf(spec).recurrent;
}

/** The matrices of a network's block in order; a head's outputs are one. */
export function matricesOf(spec: NetworkSpec): readonly Matrix[] {
  return blockOf(spec).matrices;
}

/** The leaves of a network in block order. */
export function leavesOf(spec: NetworkSpec): Leaf[] {
  const layers = layersOf(spec);
  const front = spec.recurrent?.fc.length ?? 0;
  return [
    ...layers.slice(0, front).flatMap((layer, l) => leavesOfLayer(layer, 'fc_', l)),
    ...recurrentLayersOf(spec).flatMap(leavesOfRecurrentLayer),
    ...layers
      .slice(front)
      .flatMap((layer, l) =>
        leavesOfLayer(layer, '', l, front + l + 1 === layers.length ? spec.heads : undefined),
      ),
  ].filter(({ shape }) => sizeOf(shape) > 0);
}

function leavesOfLayer(
  { inputs, outputs, weight, bias, normalization }: Layer,
  prefix: string,
  l: number,
  heads?: readonly string[],
): Leaf[] {
  const width = outputs / (heads?.length ?? 1);
  const names = heads?.map((head) => `_${head}`) ?? [String(l)];
  return [
    ...names.map((name, h) => ({
      name: `${prefix}W${name}`,
      kind: 'weight' as const,
      shape: [width, inputs],
      offset: weight + h * width * inputs,
    })),
    ...names.map((name, h) => ({
      name: inputs > 0 ? `${prefix}b${name}` : name.slice(1),
      kind: 'bias' as const,
      shape: [width],
      offset: bias + h * width,
    })),
    ...Object.entries(normalization ?? {}).map(([kind, offset]) => ({
      name: `${prefix}${kind}${l}`,
      kind: kind as 'gain' | 'shift',
      shape: [outputs],
      offset,
    })),
  ];
}

function leavesOfRecurrentLayer(layer: RecurrentLayer, l: number): Leaf[] {
  const { inputs, width, gates } = layer;
  return [
    { name: `rnn_W_ih${l}`, kind: 'recurrent', shape: [gates, inputs], offset: layer.inputWeight },
    { name: `rnn_W_hh${l}`, kind: 'recurrent', shape: [gates, width], offset: layer.stateWeight },
    { name: `rnn_b_ih${l}`, kind: 'bias', shape: [gates], offset: layer.inputBias },
    { name: `rnn_b_hh${l}`, kind: 'bias', shape: [gates], offset: layer.stateBias },
  ];
}

/** Number of parameters: the length of a network's block. */
export function parameterCount(spec: NetworkSpec): number {
  return leavesOf(spec).reduce((sum, leaf) => sum + sizeOf(leaf.shape), 0);
}

/** The leaves of `block` as tensors `<network>/<group>/<leaf>`, views of its memory. */
export function tensorsOf(spec: NetworkSpec, block: Float32Array): [string, Tensor][] {
  return leavesOf(spec).map(({ name, shape, offset }) => [
    `${spec.name}/${name}`,
    { shape, data: block.subarray(offset, offset + sizeOf(shape)) },
  ]);
}

/** Numbers of the block in front of the head. */
export function representationCount(spec: NetworkSpec): number {
  return layersOf(spec)[spec.recurrent?.fc.length ?? 0]!.weight;
}
