/** Forward and backward pass of a normalize node, exactly as graph.ts defines them. */
import { NORMALIZATION_EPSILON } from '../graph.ts';
import { LaneSum } from '../sums.ts';
import { addTo, sumOverSamples } from './sharded-sum.ts';

const f = Math.fround;

/** Offsets of a layer's gain and shift in its network's block. */
export interface Normalization {
  readonly gain: number;
  readonly shift: number;
}

export class NormalizePass {
  readonly #offsets: Normalization;
  readonly #block: Float32Array;
  /** [B * rows, width] */
  readonly #x: Float32Array;
  readonly #out: Float32Array;
  /** (x - mean) rate of the last forward pass, [B * rows, width]. */
  readonly #normalized: Float32Array;
  readonly #rates: Float32Array;
  readonly #rows: number;
  readonly #width: number;
  readonly #batchSize: number;

  /** `block`: the network's parameters; `x` and `out`: the node's input and output, [B * rows, width]. */
  constructor(
    offsets: Normalization,
    block: Float32Array,
    x: Float32Array,
    out: Float32Array,
    { rows, width }: { readonly rows: number; readonly width: number },
    batchSize: number,
  ) {
    this.#offsets = offsets;
    this.#block = block;
    this.#x = x;
    this.#out = out;
    this.#normalized = new Float32Array(x.length);
    this.#rates = new Float32Array(batchSize * rows);
    this.#rows = rows;
    this.#width = width;
    this.#batchSize = batchSize;
  }

  forward(): void {
    const { gain, shift } = this.#offsets;
    this.#rates.forEach((_, row) => {
      const at = row * this.#width;
      const mean = this.#mean((c) => this.#x[at + c]!);
      const deviation = (c: number): number => f(this.#x[at + c]! - mean);
      const variance = this.#mean((c) => deviation(c) * deviation(c));
      const rate = f(1 / f(Math.sqrt(f(variance + f(NORMALIZATION_EPSILON)))));
      this.#rates[row] = rate;
      for (let c = 0; c < this.#width; c++) {
        const z = f(deviation(c) * rate);
        this.#normalized[at + c] = z;
        this.#out[at + c] = f(f(z * this.#block[gain + c]!) + this.#block[shift + c]!);
      }
    });
  }

  /** From `upstream` = dL/d(out): writes dL/d(gain) and dL/d(shift) to `parameters` and dL/dx to `x`, if given. */
  backward(upstream: Float32Array, parameters: Float32Array | undefined, x: Float32Array | undefined): void {
    const { gain, shift } = this.#offsets;
    const width = this.#width;
    if (x)
      this.#rates.forEach((rate, row) => {
        const at = row * width;
        const scaled = (c: number): number => f(upstream[at + c]! * this.#block[gain + c]!);
        const a = this.#mean(scaled);
        const b = this.#mean((c) => scaled(c) * this.#normalized[at + c]!);
        for (let c = 0; c < width; c++)
          x[at + c] = f(f(f(scaled(c) - a) - f(this.#normalized[at + c]! * b)) * rate);
      });
    if (!parameters) return;
    sumOverSamples(this.#batchSize, parameters, gain, width, this.#rows, (row, sum) => {
      const products = sum.map((_, c) => f(upstream[row * width + c]! * this.#normalized[row * width + c]!));
      addTo(products, 0, width, sum, 0);
    });
    sumOverSamples(this.#batchSize, parameters, shift, width, this.#rows, (row, sum) => {
      addTo(upstream, row * width, width, sum, 0);
    });
  }

  /** Row mean: lane sum divided in float64, then rounded. */
  #mean(term: (column: number) => number): number {
    const sum = new LaneSum();
    for (let c = 0; c < this.#width; c++) sum.add(c, term(c));
    return f(sum.total / this.#width);
  }
}
