/** Plans one normalize node: its forward pass and its backward pass as kernel calls (assembly/normalize.ts). */
import { NORMALIZATION_EPSILON } from '../graph.ts';
import { SHARDS } from '../sums.ts';
import { padded } from './memory.ts';
import type { PlanContext } from './plan-context.ts';
import { OP, type Access } from './tape.ts';

/** Where what a normalize node reads stands. */
export interface NormalizePlaces {
  /** Address of the network's parameters, and elements from there to the gain and the shift. */
  readonly block: number;
  readonly gain: number;
  readonly shift: number;
  /** Address of the operand, dense [B, rows, width]. */
  readonly x: number;
  readonly rows: number;
  readonly width: number;
}

export class NormalizePlan {
  readonly #context: PlanContext;
  readonly #places: NormalizePlaces;
  /** Mean and rate of each row, [B, rows, 2]. */
  readonly #rates: number;

  constructor(context: PlanContext, places: NormalizePlaces) {
    this.#context = context;
    this.#places = places;
    this.#rates = context.arena.floats(context.batchSize * places.rows * 2);
  }

  /** Emits the forward pass into `out`. */
  forward(out: number): void {
    const { block, gain, shift, x, rows, width } = this.#places;
    this.#context.tape.call(
      OP.normalize,
      [
        ...[rows, width, x, block + gain * 4, block + shift * 4, this.#rates, out],
        { real: NORMALIZATION_EPSILON },
      ],
      [own(x), { at: block, split: 'all' }],
      [own(this.#rates), own(out)],
    );
  }

  /** Emits the backward pass from `upstream`. Gradients go to the addresses given, where there are any. */
  backward(upstream: number, parameters: number | undefined, out: number | undefined): void {
    const { block, gain, x, rows, width } = this.#places;
    if (out !== undefined)
      this.#context.tape.call(
        OP.normalizeInput,
        [rows, width, upstream, x, block + gain * 4, this.#rates, out],
        [own(upstream), own(x), own(this.#rates), { at: block, split: 'all' }],
        [own(out)],
      );
    if (parameters !== undefined) this.#parameters(upstream, parameters);
  }

  /** Sums by shard, of gain and shift side by side, and their sums in shard order. */
  #parameters(upstream: number, parameters: number): void {
    const { gain, shift, x, rows, width } = this.#places;
    const { tape } = this.#context;
    const half = padded(width, 4) * 4;
    const partial = this.#context.scratch(`normalization shards ${width}`, (SHARDS * 2 * half) / 4);
    tape.call(
      OP.normalizeParameters,
      [rows, width, upstream, x, this.#rates, partial, 2 * half, half],
      [own(upstream), own(x), own(this.#rates)],
      [own(partial)],
    );
    [gain, shift].forEach((place, k) => {
      tape.call(
        OP.reduceShards,
        [1, width, partial + k * half, 2 * half, 0, 4, parameters + place * 4, 0],
        [{ at: partial, split: 'rows' }],
        [{ at: parameters, split: 'rows' }],
      );
    });
  }
}

/** An access to a share's own samples. */
function own(at: number): Access {
  return { at, split: 'samples' };
}
