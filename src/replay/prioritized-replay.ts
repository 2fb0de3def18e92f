/**
 * PrioritizedReplay: a replay buffer that draws transitions in proportion to p^alpha, where p is the temporal
 * difference error that the learner last had on them (Schaul et al. 2016, the proportional variant). New ones have the
 * largest priority so far, so that each is likely to be seen once. Not the errors themselves: the learner reports
 * them, and the training session carries them here.
 *
 *   P(k) = p_k^alpha / sum of p^alpha,   weight of sample b = (P(b) / smallest P in the batch)^-beta
 *
 * The weights make up for the uneven drawing, and 1 is the largest (the paper's (1/N 1/P)^beta over its maximum).
 */
import type { JointSpec } from '../core/joint-spec.ts';
import { exp, log } from '../core/math.ts';
import type { IndexStream } from '../core/random.ts';
import type { SectionData, Sections } from '../core/sections.ts';
import type { Batch } from './batch.ts';
import { ReplayBuffer, type ReplayOptions } from './replay-buffer.ts';
import { SumTree } from './sum-tree.ts';

/** Added to every error, so that no transition is out of reach for good. */
const LEAST_ERROR = 1e-6;
const DRAWS = 2 ** 32 - 1;

export interface Priorities {
  /** Exponent of the errors: 0 samples uniformly. */
  readonly alpha: number;
  /** Exponent of the importance weights at the start of the training; it is annealed linearly to 1. */
  readonly beta: number;
}

export class PrioritizedReplay extends ReplayBuffer {
  readonly #alpha: number;
  readonly #tree: SumTree;
  /** p^alpha of new transitions. */
  #largest = 1;
  /** Exponent of the weights at the start, and now: 0 corrects no bias, 1 all of it. */
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
   * One row from each of `count` equal parts of the sum of priorities, with one draw of `stream` a row, and its weight in
   * batch.weights.
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

  /** Takes over the errors, >= 0, that the learner had on the samples of the last sample(), [count]. */
  override setErrors(errors: Float32Array): void {
    this.#drawn.forEach((row, b) => {
      const priority = exp(this.#alpha * log(errors[b]! + LEAST_ERROR));
      this.#tree.set(row, priority);
      this.#largest = Math.max(this.#largest, priority);
    });
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
    this.#tree.setAll(sections.get('priorities', Float64Array, this.size));
    this.#largest = sections.get('largest', Float64Array, 1)[0]!;
  }
}
