/**
 * Network specifications: a multilayer perceptron as data, and the names, shapes and order of its parameters. Engines
 * own the values; this file defines their layout.
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
  /** Columns of an input row: the total width of its parts. */
  readonly inputs: number;
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

/** A named tensor in a network's block: W0, b0, gain0, shift0, W1, ... */
export interface Leaf {
  readonly name: string;
  readonly kind: 'weight' | 'bias' | 'gain' | 'shift';
  readonly shape: readonly number[];
  readonly offset: number;
}

/** The layers of a network in order. A block is W0, b0, W1, b1, ... without gaps; gain and shift follow their b. */
export function layersOf(spec: NetworkSpec): Layer[] {
  const widths = [spec.inputs, ...spec.hidden, spec.outputs];
  const layers: Layer[] = [];
  let offset = 0;
  for (let l = 0; l + 1 < widths.length; l++) {
    const inputs = widths[l]!;
    const outputs = widths[l + 1]!;
    const last = l + 2 === widths.length;
    const activation = last ? spec.outputActivation : spec.activation;
    const bias = offset + outputs * inputs;
    const layer = { inputs, outputs, activation, weight: offset, bias };
    offset = bias + outputs;
    if (last || !spec.normalize) layers.push(layer);
    else {
      layers.push({ ...layer, normalization: { gain: offset, shift: offset + outputs } });
      offset += 2 * outputs;
    }
  }
  return layers;
}

/** The leaves of a network in block order. */
export function leavesOf(spec: NetworkSpec): Leaf[] {
  const layers = layersOf(spec);
  return layers.flatMap(({ inputs, outputs, weight, bias, normalization }, l) => {
    const heads = l + 1 === layers.length ? spec.heads : undefined;
    const width = outputs / (heads?.length ?? 1);
    const names = heads?.map((head) => `_${head}`) ?? [String(l)];
    const leaves: Leaf[] = [
      ...names.map((name, h) => ({
        name: `W${name}`,
        kind: 'weight' as const,
        shape: [width, inputs],
        offset: weight + h * width * inputs,
      })),
      ...names.map((name, h) => ({
        name: inputs > 0 ? `b${name}` : name.slice(1),
        kind: 'bias' as const,
        shape: [width],
        offset: bias + h * width,
      })),
      ...Object.entries(normalization ?? {}).map(([kind, offset]) => ({
        name: `${kind}${l}`,
        kind: kind as 'gain' | 'shift',
        shape: [outputs],
        offset,
      })),
    ];
    return leaves.filter(({ shape }) => sizeOf(shape) > 0);
  });
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
