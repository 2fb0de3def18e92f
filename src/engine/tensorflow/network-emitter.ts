/**
 * Network nodes as TensorFlow operations: forward and backward pass. As in the other engines, shared input parts are
 * multiplied once per slot in the first layer.
 */
import { rowsOf, slotsOf, type NetworkGradientNode, type NetworkNode, type Value } from '../graph.ts';
import type { InputPart } from '../lowering.ts';
import { layersOf, parameterCount, type Layer, type NetworkSpec } from '../network-spec.ts';
import type { LayerTensors } from './block-tensors.ts';
import type { TensorName } from './graph-def.ts';
import type { Operations } from './operations.ts';

/** What the passes need from the program. */
export interface NetworkContext {
  readonly batchSize: number;
  spec(network: string): NetworkSpec;
  /** Current parameters, by layer. */
  layers(network: string): readonly LayerTensors[];
  parts(node: NetworkNode): readonly InputPart[];
  get(value: Value): TensorName;
  set(value: Value, tensor: TensorName): void;
}

/** What a backward pass needs from its forward pass. */
interface Pass {
  readonly tensors: readonly LayerTensors[];
  /** Outputs of each layer, [B rows, outputs]. */
  readonly outputs: readonly TensorName[];
}

export class NetworkEmitter {
  readonly #ops: Operations;
  readonly #context: NetworkContext;
  readonly #passes = new Map<NetworkNode, Pass>();

  constructor(ops: Operations, context: NetworkContext) {
    this.#ops = ops;
    this.#context = context;
  }

  /** Outputs of a network node, [B slots rows, outputs]. */
  forward(node: NetworkNode): TensorName {
    const spec = this.#context.spec(node.network);
    const tensors = this.#context.layers(node.network).slice(node.first, node.end);
    const outputs: TensorName[] = [];
    layersOfNode(spec, node).forEach((layer, l) => {
      const { weight, bias } = tensors[l]!;
      const sums =
        l === 0
          ? this.#firstLayer(node, layer, tensors[0]!)
          : this.#biased(
              this.#ops.matmul(outputs[l - 1]!, weight, { b: true }),
              this.#ops.tile(bias, [rowsOf(node.out)]),
              rowsOf(node.out),
              layer.outputs,
            );
      outputs.push(this.#ops.activate(layer.activation, spec.negativeSlope, sums));
    });
    this.#passes.set(node, { tensors, outputs });
    return outputs.at(-1)!;
  }

  #firstLayer(node: NetworkNode, { inputs, outputs }: Layer, { weight, bias }: LayerTensors): TensorName {
    const rows = rowsOf(node.out) / slotsOf(node.out);
    const slots = this.#context.batchSize * slotsOf(node.out);
    const parts = this.#context.parts(node);
    const productOf = (kind: 'shared' | 'rows'): TensorName | undefined => {
      const chosen = parts.filter((part) => part.kind === kind);
      if (chosen.length === 0) return undefined;
      const x = this.#ops.concat(chosen.map((part) => this.#context.get(part.value)));
      const w = this.#ops.concat(
        chosen.map((part) => this.#ops.columns(weight, outputs, inputs, part.column, part.width)),
      );
      return this.#ops.matmul(x, w, { b: true });
    };
    const [shared, own] = [productOf('shared'), productOf('rows')];
    const ids = parts.find((part) => part.kind === 'ids');
    // [rows outputs]: the bias of every row, plus the row's column of W0 if there are ids.
    let biases = this.#ops.tile(bias, [rows]);
    if (ids) {
      const w = this.#ops.columns(weight, outputs, inputs, ids.column, ids.width);
      const ofIds = this.#ops.matmul(this.#oneHot(ids), w, { b: true });
      biases = this.#ops.op('AddV2', [biases, this.#ops.reshape(ofIds, [rows * outputs])]);
    }
    if (own && !shared) return this.#biased(own, biases, rows, outputs);
    let sums: TensorName = this.#ops.reshape(biases, [1, rows, outputs]);
    if (!own && !shared) sums = this.#ops.tile(sums, [slots, 1, 1]);
    if (shared) sums = this.#ops.op('AddV2', [this.#ops.reshape(shared, [slots, 1, outputs]), sums]);
    if (own) sums = this.#ops.op('AddV2', [this.#ops.reshape(own, [slots, rows, outputs]), sums]);
    return this.#ops.reshape(sums, [slots * rows, outputs]);
  }

  /**
   * Adds [rows outputs] biases to a product [B slots rows, outputs], reshaped to [B slots, rows outputs]. TensorFlow fuses a product,
   * its bias and its activation where they follow each other directly, into an operation that takes longer than the three.
   */
  #biased(product: TensorName, biases: TensorName, rows: number, outputs: number): TensorName {
    const wide = this.#ops.reshape(product, [-1, rows * outputs]);
    return this.#ops.reshape(this.#ops.op('BiasAdd', [wide, biases]), [-1, outputs]);
  }

  /** Sets the requested gradients of a networkGradient node. */
  backward(node: NetworkGradientNode): void {
    const { of } = node;
    const spec = this.#context.spec(of.network);
    const layers = layersOfNode(spec, of);
    const { tensors, outputs } = this.#passes.get(of)!;
    // W and b of each layer, alternating.
    const gradients: TensorName[] = [];
    let delta = this.#context.get(node.upstream);
    for (let l = layers.length - 1; l >= 0; l--) {
      delta = this.#ops.chain(layers[l]!.activation, spec.negativeSlope, outputs[l]!, delta);
      if (node.parameters) gradients[2 * l + 1] = this.#ops.sumOfRows(delta);
      if (l === 0) break;
      if (node.parameters) gradients[2 * l] = this.#ops.matmul(delta, outputs[l - 1]!, { a: true });
      delta = this.#ops.matmul(delta, tensors[l]!.weight);
    }
    this.#firstLayerGradient(node, spec, delta, gradients);
    if (!node.parameters) return;
    const ofLayers = this.#ops.concat(
      gradients.map((leaf) => this.#ops.reshape(leaf, [-1])),
      0,
    );
    const [from, to] = [layers[0]!.weight, layers.at(-1)!.bias + layers.at(-1)!.outputs];
    this.#context.set(node.parameters, this.#ops.pad(ofLayers, from, parameterCount(spec) - to));
  }

  #firstLayerGradient(
    node: NetworkGradientNode,
    spec: NetworkSpec,
    delta: TensorName,
    gradients: TensorName[],
  ): void {
    const { of } = node;
    const { inputs, outputs } = layersOfNode(spec, of)[0]!;
    const rows = rowsOf(of.out) / slotsOf(of.out);
    const slots = this.#context.batchSize * slotsOf(of.out);
    const parts = this.#context.parts(of);
    const cube = (): TensorName => this.#ops.reshape(delta, [slots, rows, outputs]);
    const sumOverSlots = (): TensorName =>
      this.#ops.sumOfRows(this.#ops.reshape(delta, [slots, rows * outputs]));
    const ofSlot = parts.some((part) => part.kind === 'shared') ? this.#ops.sum(cube(), [1]) : delta;
    const deltaOf = (part: { kind: string }): TensorName => (part.kind === 'shared' ? ofSlot : delta);
    if (node.parameters && parts.length === 0) gradients[0] = this.#ops.builder.floats([], [outputs, 0]);
    else if (node.parameters)
      gradients[0] = this.#ops.concat(
        parts.map((part) =>
          part.kind === 'ids'
            ? this.#ops.matmul(this.#ops.reshape(sumOverSlots(), [rows, outputs]), this.#oneHot(part), {
                a: true,
              })
            : this.#ops.matmul(deltaOf(part), this.#context.get(part.value), { a: true }),
        ),
      );
    parts.forEach((part, j) => {
      const out = node.parts[j];
      if (!out) return;
      const w = this.#ops.columns(
        this.#passes.get(of)!.tensors[0]!.weight,
        outputs,
        inputs,
        part.column,
        part.width,
      );
      this.#context.set(out, this.#ops.matmul(deltaOf(part), w));
    });
  }

  /** Ids as a constant one-hot matrix [rows, width]. */
  #oneHot({ ids, width }: InputPart): TensorName {
    const rows = ids.flatMap((id) => Array.from({ length: width }, (_, c) => (c === id ? 1 : 0)));
    return this.#ops.builder.floats(rows, [ids.length, width]);
  }
}

function layersOfNode(spec: NetworkSpec, { first, end }: NetworkNode): Layer[] {
  return layersOf(spec).slice(first, end);
}
