/**
 * Augmentation: passes every sample of a batch through a random symmetry of the task (augmentation: symmetries), so that
 * one recorded transition stands for all of its mirror images. Works in place on what the replay buffer has gathered,
 * n-step returns included: a symmetry holds for every step of a window. The caller's stream draws.
 *
 * A sample whose agents have changed places trains each agent's networks and id on what another one did: it is
 * off-policy, as replay is anyway.
 */
import type { JointSpec } from '../core/joint-spec.ts';
import { composed, type Symmetry, type SymmetryGroup } from '../core/symmetry.ts';
import type { Batch } from './batch.ts';
import type { IndexStream } from './replay-buffer.ts';

/** Largest number of table entries that merging factors may lead to: they should stay in the processor's cache. */
const MOST_ENTRIES = 1 << 17;

export class Augmentation {
  readonly #factors: SymmetryGroup;
  readonly #scratch: Float32Array;
  readonly #spec: JointSpec;

  constructor(spec: JointSpec, group: SymmetryGroup) {
    this.#spec = spec;
    this.#factors = merged(group, Math.floor(MOST_ENTRIES / (spec.obsTotal + spec.actTotal)));
    this.#scratch = new Float32Array(Math.max(spec.obsTotal, spec.actTotal, spec.agents.length));
  }

  /** Changes the first `count` samples of a batch, each by a symmetry drawn with `stream.below(...)`. */
  apply(stream: IndexStream, count: number, batch: Batch): void {
    const { obsTotal: so, actTotal: sa, agents } = this.#spec;
    const n = agents.length;
    for (let b = 0; b < count; b++)
      for (const factor of this.#factors) {
        const { obsFrom, obsSign, actFrom, agentFrom } = factor[stream.below(factor.length)]!;
        this.#move(batch.obs, b * so, obsFrom, obsSign);
        this.#move(batch.obsNext, b * so, obsFrom, obsSign);
        this.#move(batch.actions, b * sa, actFrom);
        this.#move(batch.rewards, b * n, agentFrom);
        this.#move(batch.terminals, b * n, agentFrom);
        this.#move(batch.agentMask, b * n, agentFrom);
      }
  }

  /** x[c] <- sign[c] x[from[c]] for the numbers of x from `at`. */
  #move(x: Float32Array, at: number, from: Int32Array, sign?: Float32Array): void {
    const scratch = this.#scratch;
    const width = from.length;
    for (let c = 0; c < width; c++) scratch[c] = x[at + c]!;
    if (sign) for (let c = 0; c < width; c++) x[at + c] = sign[c]! * scratch[from[c]!]!;
    else for (let c = 0; c < width; c++) x[at + c] = scratch[from[c]!]!;
  }
}

/** The same group in fewer factors: neighbours become all their products while these are at most `most`. */
function merged(group: SymmetryGroup, most: number): SymmetryGroup {
  const factors: (readonly Symmetry[])[] = [];
  for (const factor of group) {
    const last = factors.at(-1);
    if (last && last.length * factor.length <= most)
      factors[factors.length - 1] = last.flatMap((first) => factor.map((second) => composed(first, second)));
    else factors.push(factor);
  }
  return factors;
}
