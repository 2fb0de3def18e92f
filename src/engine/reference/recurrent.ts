/**
 * Forward and backward pass of a recurrent layer, row by row, in the order of operations that graph.ts defines
 * (RecurrentNode, RecurrentGradientNode).
 */
import { GATES, type RecurrentLayer } from '../network-spec.ts';
import { sigmoid, tanh } from './float32.ts';
import type { MultiplyAdd } from './multiply-add.ts';
import { addTo, sumOverSamples } from './sharded-sum.ts';

const f = Math.fround;

/** The arrays of a node; `cells` if it has that output. Initial states are zero if there are none. */
export interface RecurrentArrays {
  /** [B, T, n, inputs] */
  readonly x: Float32Array;
  /** h and c, [B, n, width] each */
  readonly initial: readonly Float32Array[];
  /** [B, T, n, width] */
  readonly out: Float32Array;
  readonly cells: Float32Array | undefined;
}

/** B, T and n. */
export interface RecurrentShape {
  readonly batchSize: number;
  readonly slots: number;
  readonly rows: number;
}

export class RecurrentPass {
  readonly #layer: RecurrentLayer;
  readonly #block: Float32Array;
  readonly #arrays: RecurrentArrays;
  readonly #shape: RecurrentShape;
  readonly #multiplyAdd: MultiplyAdd;
  /** Of every row: the gates, the state before, and v_n of a GRU or tanh(c) of an LSTM. */
  readonly #gates: Float32Array;
  readonly #hBefore: Float32Array;
  readonly #cBefore: Float32Array;
  readonly #kept: Float32Array;

  constructor(
    layer: RecurrentLayer,
    block: Float32Array,
    arrays: RecurrentArrays,
    shape: RecurrentShape,
    multiplyAdd: MultiplyAdd,
  ) {
    this.#layer = layer;
    this.#block = block;
    this.#arrays = arrays;
    this.#shape = shape;
    this.#multiplyAdd = multiplyAdd;
    const rows = shape.batchSize * shape.slots * shape.rows;
    this.#gates = new Float32Array(rows * layer.gates);
    this.#hBefore = new Float32Array(rows * layer.width);
    this.#cBefore = new Float32Array(rows * layer.width);
    this.#kept = new Float32Array(rows * layer.width);
  }

  forward(): void {
    const { batchSize, slots, rows } = this.#shape;
    const { width } = this.#layer;
    for (let b = 0; b < batchSize; b++)
      for (let i = 0; i < rows; i++) {
        const [h, c] = [0, 1].map((s) => this.#initial(s, b * rows + i)) as [Float32Array, Float32Array];
        for (let t = 0; t < slots; t++) {
          const row = (b * slots + t) * rows + i;
          this.#hBefore.set(h, row * width);
          this.#cBefore.set(c, row * width);
          if (this.#layer.cell === 'GRU') this.#gru(row, h);
          else this.#lstm(row, h, c);
          this.#arrays.out.set(h, row * width);
          this.#arrays.cells?.set(c, row * width);
        }
      }
  }

  #initial(state: number, row: number): Float32Array {
    const { width } = this.#layer;
    return this.#arrays.initial[state]?.slice(row * width, (row + 1) * width) ?? new Float32Array(width);
  }

  #gru(row: number, h: Float32Array): void {
    const { width } = this.#layer;
    const { a, v } = this.#sums(row, h);
    const [r, z, n] = this.#gatesOf(row);
    for (let j = 0; j < width; j++) {
      r[j] = sigmoid(f(a[j]! + v[j]!));
      z[j] = sigmoid(f(a[width + j]! + v[width + j]!));
      const vn = v[2 * width + j]!;
      n[j] = tanh(f(a[2 * width + j]! + f(r[j]! * vn)));
      this.#kept[row * width + j] = vn;
      h[j] = f(f(1 - z[j]!) * n[j]!) + f(z[j]! * h[j]!);
    }
  }

  #lstm(row: number, h: Float32Array, c: Float32Array): void {
    const { width } = this.#layer;
    const { a, v } = this.#sums(row, h);
    const gates = this.#gatesOf(row);
    const [i, forget, g, o] = gates as [Float32Array, Float32Array, Float32Array, Float32Array];
    for (let j = 0; j < width; j++) {
      gates.forEach((gate, k) => {
        const sum = f(a[k * width + j]! + v[k * width + j]!);
        gate[j] = gate === g ? tanh(sum) : sigmoid(sum);
      });
      c[j] = f(forget[j]! * c[j]!) + f(i[j]! * g[j]!);
      const q = tanh(c[j]!);
      this.#kept[row * width + j] = q;
      h[j] = o[j]! * q;
    }
  }

  /** What the input and the state before give to each gate, biases included. */
  #sums(row: number, h: Float32Array): { a: Float32Array; v: Float32Array } {
    const { gates, inputs, width, inputWeight, inputBias, stateWeight, stateBias } = this.#layer;
    const x = this.#arrays.x.subarray(row * inputs, (row + 1) * inputs);
    const sums = (of: Float32Array, weight: number, bias: number, columns: number): Float32Array =>
      Float32Array.from({ length: gates }, (_, k) => {
        let sum = 0;
        for (let c = 0; c < columns; c++)
          sum = this.#multiplyAdd(sum, of[c]!, this.#block[weight + k * columns + c]!);
        return f(sum + this.#block[bias + k]!);
      });
    return { a: sums(x, inputWeight, inputBias, inputs), v: sums(h, stateWeight, stateBias, width) };
  }

  /** The gates of a row, each `width` wide. */
  #gatesOf(row: number): [Float32Array, Float32Array, Float32Array, ...Float32Array[]] {
    const { cell, gates, width } = this.#layer;
    return GATES[cell].map((_, k) => {
      const at = row * gates + k * width;
      return this.#gates.subarray(at, at + width);
    }) as [Float32Array, Float32Array, Float32Array];
  }

  /** From `upstream` = dL/d(out): writes dL/d(parameters) and dL/dx, if given. */
  backward(upstream: Float32Array, parameters: Float32Array | undefined, x: Float32Array | undefined): void {
    const { batchSize, slots, rows } = this.#shape;
    const { gates, width } = this.#layer;
    const da = new Float32Array(this.#gates.length);
    const dv = new Float32Array(this.#gates.length);
    for (let b = 0; b < batchSize; b++)
      for (let i = 0; i < rows; i++) {
        const e = new Float32Array(width);
        const k = new Float32Array(width);
        for (let t = slots - 1; t >= 0; t--) {
          const row = (b * slots + t) * rows + i;
          const ofRow = (of: Float32Array): Float32Array => of.subarray(row * gates, (row + 1) * gates);
          const d = e.map((ofState, j) => upstream[row * width + j]! + ofState);
          if (this.#layer.cell === 'GRU') this.#gruBackward(row, d, ofRow(da), ofRow(dv), e);
          else this.#lstmBackward(row, d, ofRow(da), ofRow(dv), e, k);
          this.#addProduct(ofRow(dv), this.#layer.stateWeight, width, e);
        }
      }
    if (parameters) this.#parameterGradient(da, dv, parameters);
    if (x) this.#inputGradient(da, x);
  }

  /** Writes da and dv of a row, and to e how the state before enters h directly. */
  #gruBackward(row: number, d: Float32Array, da: Float32Array, dv: Float32Array, e: Float32Array): void {
    const { width } = this.#layer;
    const gates = this.#gatesOf(row);
    for (let j = 0; j < width; j++) {
      const [r, z, n] = gates.map((gate) => gate[j]!) as [number, number, number];
      const dn = f(f(d[j]! * f(1 - z)) * f(1 - f(n * n)));
      const dz = f(f(d[j]! * f(this.#hBefore[row * width + j]! - n)) * f(z * f(1 - z)));
      const dr = f(f(dn * this.#kept[row * width + j]!) * f(r * f(1 - r)));
      da[j] = dv[j] = dr;
      da[width + j] = dv[width + j] = dz;
      da[2 * width + j] = dn;
      dv[2 * width + j] = dn * r;
      e[j] = d[j]! * z;
    }
  }

  /** The same; k is the gradient of the cell, in and out. */
  #lstmBackward(
    row: number,
    d: Float32Array,
    da: Float32Array,
    dv: Float32Array,
    e: Float32Array,
    k: Float32Array,
  ): void {
    const { width } = this.#layer;
    const gates = this.#gatesOf(row);
    for (let j = 0; j < width; j++) {
      const [i, forget, g, o] = gates.map((gate) => gate[j]!) as [number, number, number, number];
      const q = this.#kept[row * width + j]!;
      const m = f(k[j]! + f(f(d[j]! * o) * f(1 - f(q * q))));
      da[j] = f(m * g) * f(i * f(1 - i));
      da[width + j] = f(m * this.#cBefore[row * width + j]!) * f(forget * f(1 - forget));
      da[2 * width + j] = f(m * i) * f(1 - f(g * g));
      da[3 * width + j] = f(d[j]! * q) * f(o * f(1 - o));
      k[j] = m * forget;
    }
    dv.set(da);
    e.fill(0);
  }

  /** out[c] += the sum over k in order of d[k] W[k, c]. */
  #addProduct(d: Float32Array, weight: number, columns: number, out: Float32Array): void {
    for (let k = 0; k < d.length; k++)
      for (let c = 0; c < columns; c++)
        out[c] = this.#multiplyAdd(out[c]!, d[k]!, this.#block[weight + k * columns + c]!);
  }

  #parameterGradient(da: Float32Array, dv: Float32Array, parameters: Float32Array): void {
    const { inputs, width, gates, inputWeight, inputBias, stateWeight, stateBias } = this.#layer;
    const { batchSize, slots, rows } = this.#shape;
    const sum = (at: number, columns: number, addRow: (row: number, sum: Float32Array) => void): void => {
      sumOverSamples(batchSize, parameters, at, columns, slots * rows, addRow);
    };
    const weights = (at: number, d: Float32Array, of: Float32Array, columns: number): void => {
      for (let k = 0; k < gates; k++)
        sum(at + k * columns, columns, (row, ofShard) => {
          for (let c = 0; c < columns; c++)
            ofShard[c] = this.#multiplyAdd(ofShard[c]!, d[row * gates + k]!, of[row * columns + c]!);
        });
    };
    weights(inputWeight, da, this.#arrays.x, inputs);
    weights(stateWeight, dv, this.#hBefore, width);
    sum(inputBias, gates, (row, ofShard) => {
      addTo(da, row * gates, gates, ofShard, 0);
    });
    sum(stateBias, gates, (row, ofShard) => {
      addTo(dv, row * gates, gates, ofShard, 0);
    });
  }

  #inputGradient(da: Float32Array, x: Float32Array): void {
    const { gates, inputs, inputWeight } = this.#layer;
    x.fill(0);
    for (let row = 0; row * gates < da.length; row++)
      this.#addProduct(
        da.subarray(row * gates, (row + 1) * gates),
        inputWeight,
        inputs,
        x.subarray(row * inputs, (row + 1) * inputs),
      );
  }
}
