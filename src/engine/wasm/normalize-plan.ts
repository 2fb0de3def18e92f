/** Plans a normalize node: its forward and backward pass as kernel calls (assembly/normalize.ts). */
import { NORMALIZATION_EPSILON } from '../graph.ts';
import { SHARDS } from '../sums.ts';
import * as OP from './codes/opcodes.ts';
import { padded } from './memory.ts';
import type { PlanContext } from './plan-context.ts';
import { bySamples } from './tape.ts';

/** Inputs of a normalize node. */
export interface NormalizeInputs {
  /** Address of the network's block, and offsets of gain and shift in it, in elements. */
  readonly block: number;
  readonly gain: number;
  readonly shift: number;
  /** Address of x, dense [B, rows, width]. */
  readonly x: number;
  readonly rows: number;
  readonly width: number;
}

export class NormalizePlan {
  readonly #context: PlanContext;
  readonly #inputs: NormalizeInputs;
  /** Mean and rate of each row, [B, rows, 2]. */
  readonly #rates: number;

  constructor(context: PlanContext, inputs: NormalizeInputs) {
    this.#context = context;
    this.#inputs = inputs;
    this.#rates = context.arena.floats(context.batchSize * inputs.rows * 2);
  }

  /** Emits the forward pass into `out`. */
  forward(out: number): void {
    const { block, gain, shift, x, rows, width } = this.#inputs;
    this.#context.tape.call(
      OP.normalize,
      [
        ...[rows, width, x, block + gain * 4, block + shift * 4, this.#rates, out],
        { real: NORMALIZATION_EPSILON },
      ],
      [bySamples(x), { at: block, split: 'all' }],
      [bySamples(this.#rates), bySamples(out)],
    );
  }

  /** Emits the backward pass from `upstream`. Writes the gradients whose addresses are given. */
  backward(upstream: number, parameters: number | undefined, out: number | undefined): void {
    const { block, gain, x, rows, width } = this.#inputs;
    if (out !== undefined)
      this.#context.tape.call(
        OP.normalizeInput,
        [rows, width, upstream, x, block + gain * 4, this.#rates, out],
        [bySamples(upstream), bySamples(x), bySamples(this.#rates), { at: block, split: 'all' }],
        [bySamples(out)],
      );
    if (parameters !== undefined) this.#parameters(upstream, parameters);
  }

  /** Per-shard sums for gain and shift, side by side, and their reduction in shard order. */
  #parameters(upstream: number, parameters: number): void {
    const { gain, shift, x, rows, width } = this.#inputs;
    const { tape } = this.#context;
    const half = padded(width, 4) * 4;
    const partial = this.#context.scratch(`normalization shards ${width}`, (SHARDS * 2 * half) / 4);
    tape.call(
      OP.normalizeParameters,
      [rows, width, upstream, x, this.#rates, partial, 2 * half, half],
      [bySamples(upstream), bySamples(x), bySamples(this.#rates)],
      [bySamples(partial)],
    );
    [gain, shift].forEach((offset, k) => {
      tape.call(
        OP.reduceShards,
        [1, width, partial + k * half, 2 * half, 0, parameters + offset * 4, 0],
        [{ at: partial, split: 'rows' }],
        [{ at: parameters, split: 'rows' }],
      );
    });
  }
}
