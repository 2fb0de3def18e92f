/**
 * Forward and backward pass of a network node, in the order of operations that graph.ts defines. Everything is built on
 * one loop, addScaled: y += a x. Deliberately simple and slow: other engines are tested against it.
 */
import type { InputPart } from '../lowering.ts';
import { layersOf, type Layer, type NetworkSpec } from '../network-spec.ts';
import { activate, chainActivation } from './float32.ts';
import type { MultiplyAdd } from './multiply-add.ts';
import { addTo, sumOverSamples } from './sharded-sum.ts';

const f = Math.fround;

/** An input part and its values; no values for ids. */
export interface PartData extends InputPart {
  readonly data: Float32Array;
}

export class NetworkPass {
  readonly layers: readonly Layer[];
  /** Outputs of layer l, [B * slots * rows, outputs of l]; the last is the node's value. */
  readonly activations: readonly Float32Array[];
  readonly slope: number;
  readonly #block: Float32Array;
  readonly #multiplyAdd: MultiplyAdd;
  readonly parts: readonly PartData[];
  /** Rows of a slot, and slots of a sample. */
  readonly rows: number;
  readonly slots: number;
  readonly batchSize: number;

  /** `node`: its range of layers; `block`: the network's parameters; `out`: the node's value, [B * slots * rows, outputs]. */
  constructor(
    spec: NetworkSpec,
    node: { readonly first: number; readonly end: number },
    block: Float32Array,
    parts: readonly PartData[],
    { slots, rows }: { readonly slots: number; readonly rows: number },
    batchSize: number,
    out: Float32Array,
    multiplyAdd: MultiplyAdd,
  ) {
    this.#multiplyAdd = multiplyAdd;
    this.layers = layersOf(spec).slice(node.first, node.end);
    this.slope = spec.negativeSlope;
    this.#block = block;
    this.parts = parts;
    this.rows = rows;
    this.slots = slots;
    this.batchSize = batchSize;
    this.activations = this.layers.map((layer, l) =>
      l + 1 === this.layers.length ? out : new Float32Array(batchSize * slots * rows * layer.outputs),
    );
  }

  /** y[to + k] += a x[from + k] for k < n. */
  #addScaled(a: number, x: Float32Array, from: number, n: number, y: Float32Array, to: number): void {
    const multiplyAdd = this.#multiplyAdd;
    for (let k = 0; k < n; k++) y[to + k] = multiplyAdd(y[to + k]!, a, x[from + k]!);
  }

  get #totalRows(): number {
    return this.batchSize * this.slots * this.rows;
  }

  forward(): void {
    this.layers.forEach((layer, l) => {
      // W^T, [inputs, outputs], so that the inner loop runs over outputs.
      const { inputs, outputs, weight } = layer;
      const transposed = new Float32Array(inputs * outputs);
      for (let o = 0; o < outputs; o++)
        for (let i = 0; i < inputs; i++) transposed[i * outputs + o] = this.#block[weight + o * inputs + i]!;
      if (l === 0) this.#firstLayer(layer, transposed);
      else this.#laterLayer(layer, transposed, this.activations[l - 1]!, this.activations[l]!);
    });
  }

  #firstLayer(layer: Layer, transposed: Float32Array): void {
    const { outputs, bias } = layer;
    const sums = this.activations[0]!;
    const shared = new Float32Array(outputs);
    const offset = new Float32Array(outputs);
    for (let slot = 0; slot < this.batchSize * this.slots; slot++) {
      shared.fill(0);
      for (const part of this.parts)
        if (part.kind === 'shared') this.#addPart(part, slot, transposed, shared, 0);
      for (let i = 0; i < this.rows; i++) {
        const row = slot * this.rows + i;
        const at = row * outputs;
        sums.set(shared, at);
        offset.set(this.#block.subarray(bias, bias + outputs));
        for (const part of this.parts) {
          if (part.kind === 'rows') this.#addPart(part, row, transposed, sums, at);
          if (part.kind === 'ids')
            addTo(transposed, (part.column + part.ids[i]!) * outputs, outputs, offset, 0);
        }
        this.#activate(layer, offset, 0, sums, at);
      }
    }
  }

  #addPart(part: PartData, row: number, transposed: Float32Array, sums: Float32Array, at: number): void {
    const outputs = this.layers[0]!.outputs;
    for (let c = 0; c < part.width; c++)
      this.#addScaled(
        part.data[row * part.width + c]!,
        transposed,
        (part.column + c) * outputs,
        outputs,
        sums,
        at,
      );
  }

  #laterLayer(layer: Layer, transposed: Float32Array, x: Float32Array, y: Float32Array): void {
    const { inputs, outputs, bias } = layer;
    y.fill(0);
    for (let row = 0; row < this.#totalRows; row++) {
      const at = row * outputs;
      for (let i = 0; i < inputs; i++)
        this.#addScaled(x[row * inputs + i]!, transposed, i * outputs, outputs, y, at);
      this.#activate(layer, this.#block, bias, y, at);
    }
  }

  /** y = activation(y + offset), one row. */
  #activate(layer: Layer, offset: Float32Array, from: number, y: Float32Array, at: number): void {
    for (let o = 0; o < layer.outputs; o++)
      y[at + o] = activate(layer.activation, this.slope, f(y[at + o]! + offset[from + o]!));
  }

  /** From `upstream` = dL/d(out): writes dL/d(parameters) to `parameters` and dL/d(part j) to `parts[j]`, if given. */
  backward(
    upstream: Float32Array,
    parameters: Float32Array | undefined,
    parts: readonly (Float32Array | undefined)[],
  ): void {
    const totalRows = this.#totalRows;
    let delta: Float32Array = Float32Array.from(upstream);
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const layer = this.layers[l]!;
      const { inputs, outputs, weight, bias } = layer;
      const y = this.activations[l]!;
      for (let k = 0; k < totalRows * outputs; k++)
        delta[k] = chainActivation(layer.activation, this.slope, y[k]!, delta[k]!);
      if (parameters)
        sumOverSamples(this.batchSize, parameters, bias, outputs, this.slots * this.rows, (row, sum) => {
          addTo(delta, row * outputs, outputs, sum, 0);
        });
      if (l === 0) break;
      const x = this.activations[l - 1]!;
      if (parameters) this.#weightGradient(parameters, weight, inputs, delta, outputs, x, inputs, this.rows);
      const before = new Float32Array(totalRows * inputs);
      for (let row = 0; row < totalRows; row++)
        for (let o = 0; o < outputs; o++)
          this.#addScaled(
            delta[row * outputs + o]!,
            this.#block,
            weight + o * inputs,
            inputs,
            before,
            row * inputs,
          );
      delta = before;
    }
    this.#backwardOfParts(delta, parameters, parts);
  }

  /** Gradients of the first layer, part by part; `delta` is dL/d(pre-activation), [B * slots * rows, outputs]. */
  #backwardOfParts(
    delta: Float32Array,
    parameters: Float32Array | undefined,
    parts: readonly (Float32Array | undefined)[],
  ): void {
    const { inputs, outputs, weight } = this.layers[0]!;
    const ofSlot = this.#sumOfRows(delta, outputs);
    this.parts.forEach((part, j) => {
      if (part.kind === 'ids') {
        if (parameters) this.#idGradient(part, parameters, delta);
        return;
      }
      const rows = part.kind === 'shared' ? 1 : this.rows;
      const d = part.kind === 'shared' ? ofSlot : delta;
      if (parameters)
        this.#weightGradient(
          parameters,
          weight + part.column,
          inputs,
          d,
          outputs,
          part.data,
          part.width,
          rows,
        );
      const out = parts[j];
      if (!out) return;
      out.fill(0);
      for (let row = 0; row < this.batchSize * this.slots * rows; row++)
        for (let o = 0; o < outputs; o++)
          this.#addScaled(
            d[row * outputs + o]!,
            this.#block,
            weight + o * inputs + part.column,
            part.width,
            out,
            row * part.width,
          );
    });
  }

  /** Sum of each slot's deltas in row order, [B * slots, outputs]. */
  #sumOfRows(delta: Float32Array, outputs: number): Float32Array {
    const sums = new Float32Array(this.batchSize * this.slots * outputs);
    for (let slot = 0; slot < this.batchSize * this.slots; slot++) {
      const [first, to] = [slot * this.rows * outputs, slot * outputs];
      sums.set(delta.subarray(first, first + outputs), to);
      for (let i = 1; i < this.rows; i++) addTo(delta, first + i * outputs, outputs, sums, to);
    }
    return sums;
  }

  /**
   * dW[o, c] = sharded sum over rows, so many in a slot, of delta[row, o] x[row, c]; row o of dW starts at
   * `at + o * stride`.
   */
  #weightGradient(
    parameters: Float32Array,
    at: number,
    stride: number,
    delta: Float32Array,
    outputs: number,
    x: Float32Array,
    width: number,
    rows: number,
  ): void {
    for (let o = 0; o < outputs; o++)
      sumOverSamples(this.batchSize, parameters, at + o * stride, width, this.slots * rows, (row, sum) => {
        this.#addScaled(delta[row * outputs + o]!, x, row * width, width, sum, 0);
      });
  }

  /** The column of each row's id: the sharded sum of that row's deltas. */
  #idGradient(part: PartData, parameters: Float32Array, delta: Float32Array): void {
    const { inputs, outputs, weight } = this.layers[0]!;
    for (let o = 0; o < outputs; o++)
      for (let c = 0; c < part.width; c++) parameters[weight + o * inputs + part.column + c] = 0;
    const ofRow = new Float32Array(outputs);
    part.ids.forEach((id, i) => {
      sumOverSamples(this.batchSize, ofRow, 0, outputs, this.slots, (slot, sum) => {
        addTo(delta, (slot * this.rows + i) * outputs, outputs, sum, 0);
      });
      for (let o = 0; o < outputs; o++) parameters[weight + o * inputs + part.column + id] = ofRow[o]!;
    });
  }
}
