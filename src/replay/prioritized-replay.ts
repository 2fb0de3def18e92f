/**
 * PrioritizedReplay: samples transitions in proportion to p^alpha, p = last |TD error| + 1e-6 (Schaul et al. 2016,
 * proportional variant). New transitions get the largest priority so far. The training session passes TD errors from the
 * learner to setErrors().
 *
 *   P(k) = p_k^alpha / sum of p^alpha,   weight of sample b = (P(b) / smallest P in the batch)^-beta
 *
 * The weights correct the sampling bias; the largest is 1 (the paper's (1/N 1/P)^beta divided by its maximum).
 */
import type { JointSpec } from '../core/joint-spec.ts';
import { exp, log } from '../core/math.ts';
import type { IndexStream } from '../core/random.ts';
import type { Rule, SectionData, Sections } from '../core/sections.ts';
import type { Batch } from './batch.ts';
import { ReplayBuffer, type ReplayOptions } from './replay-buffer.ts';
import { SumTree } from './sum-tree.ts';

/** Added to every error so that all transitions stay reachable. */
const LEAST_ERROR = 1e-6;
const DRAWS = 2 ** 32 - 1;
/** Weights p^alpha of float32 errors with alpha up to 1. The first transitions get 1. */
const PRIORITIES: Rule = { expected: 'numbers from 1 to 1e39', holds: (x) => x >= 1 && x <= 1e39 };

export interface Priorities {
  /** Priority exponent: 0 samples uniformly. */
  readonly alpha: number;
  /** Initial importance weight exponent, annealed linearly to 1. */
  readonly beta: number;
}

/** Prioritized experience replay with importance weights. */
export class PrioritizedReplay extends ReplayBuffer {
  readonly #alpha: number;
  readonly #tree: SumTree;
  /** Weight p^alpha of new transitions. */
  #largest = 1;
  /** Importance weight exponent, initial and current: 0 corrects no bias, 1 all of it. */
  readonly #startBeta: number;
  #beta: number;
  /** Rows of the last sample. */
  #drawn = new Int32Array(0);

  constructor(spec: JointSpec, options: ReplayOptions, { alpha, beta }: Priorities) {
    super(spec, options);
    this.#alpha = alpha;
    this.#startBeta = beta;
    this.#beta = beta;
    this.#tree = new SumTree(options.capacity);
  }

  override anneal(progress: number): void {
    this.#beta = this.#startBeta + (1 - this.#startBeta) * progress;
  }

  override store(...step: Parameters<ReplayBuffer['store']>): void {
    const first = this.cursor;
    super.store(...step);
    for (let row = first; row < first + this.parallels; row++) this.#tree.set(row, this.#largest);
  }

  /**
   * Stratified sampling: one row from each of `count` equal parts of the priority sum, with one draw of `stream` per row.
   * Importance weights go to batch.weights.
   */
  override sample(stream: IndexStream, count: number, batch: Batch): void {
    this.expectSample(count, batch);
    const { weights } = batch;
    if (!weights)
      throw new RangeError('PrioritizedReplay.sample: expected a batch with weights, got one without');
    if (this.#drawn.length !== count) this.#drawn = new Int32Array(count);
    const tree = this.#tree;
    const part = tree.total / count;
    let smallest = Infinity;
    for (let b = 0; b < count; b++) {
      const row = tree.find((b + stream.below(DRAWS) / DRAWS) * part);
      this.#drawn[b] = row;
      smallest = Math.min(smallest, tree.get(row));
      this.gather(row, b, batch);
    }
    for (let b = 0; b < count; b++) weights[b] = exp(this.#beta * log(smallest / tree.get(this.#drawn[b]!)));
  }

  /** Updates the priorities of the last sample() with its absolute TD errors, [count]. */
  override setErrors(errors: Float32Array): void {
    this.#drawn.forEach((row, b) => {
      const priority = exp(this.#alpha * log(errors[b]! + LEAST_ERROR));
      this.#tree.set(row, priority);
      this.#largest = Math.max(this.#largest, priority);
    });
  }

  override get fullBytes(): number {
    return super.fullBytes + this.capacity * Float64Array.BYTES_PER_ELEMENT;
  }

  protected override sections(): Record<string, SectionData> {
    return {
      ...super.sections(),
      priorities: this.#tree.weights(this.size),
      largest: Float64Array.of(this.#largest),
    };
  }

  protected override restoreSections(sections: Sections, where: string): void {
    super.restoreSections(sections, where);
    const [largest] = sections.get('largest', Float64Array, 1, PRIORITIES);
    const upTo = {
      expected: 'numbers above 0, up to the largest',
      holds: (x: number) => x > 0 && x <= largest!,
    };
    this.#tree.setAll(sections.get('priorities', Float64Array, this.size, upTo));
    this.#largest = largest!;
  }
}
