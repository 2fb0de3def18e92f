/**
 * ObservationNorm: observation normalisation (use_obsnorm) with running moments per column (RunningMeanStd), shared within
 * a parameter group. XuanCe's formula: (x - mean) / (std + 1e-8), clipped to ±`range`.
 *
 * The policy applies it when acting, the session to every sampled batch: the replay buffer keeps raw observations, so old
 * ones are normalised with the current moments. Rollouts update the moments, evaluation does not. Mean and std are rounded
 * to float32, as exported.
 */
import type { JointSpec } from '../core/joint-spec.ts';
import { RunningMeanStd } from '../core/running-mean-std.ts';
import { COUNTS, FINITE, type Rule, type Sections } from '../core/sections.ts';
import type { TensorMap } from '../core/tensor-map.ts';
import type { ParameterGroup } from './groups.ts';

/** XuanCe's EPS: prevents division by zero in constant columns. */
export const OBSERVATION_EPSILON = 1e-8;

/** Running observation normaliser of a policy. */
export class ObservationNorm {
  readonly range: number;
  readonly #spec: JointSpec;
  /** By group. */
  readonly #moments: readonly RunningMeanStd[];
  /** The moments of each agent's group. */
  readonly #ofAgent: readonly RunningMeanStd[];
  // Per column of a joint observation, [SO].
  readonly #mean: Float32Array;
  readonly #std: Float32Array;
  readonly #factor: Float64Array; // 1 / (std + epsilon)

  /** Until the first takeIn(), only clips. */
  constructor(spec: JointSpec, groups: readonly ParameterGroup[], range: number) {
    this.range = range;
    this.#spec = spec;
    this.#moments = groups.map(({ agents }) => new RunningMeanStd(spec.agents[agents[0]!]!.obsWidth));
    this.#ofAgent = spec.agents.map(
      (_, i) => this.#moments[groups.findIndex(({ agents }) => agents.includes(i))]!,
    );
    this.#mean = new Float32Array(spec.obsTotal);
    this.#std = new Float32Array(spec.obsTotal);
    this.#factor = new Float64Array(spec.obsTotal);
    this.#refresh();
  }

  /** Updates the moments with joint observations [E, SO], skipping agents with agentMask [E, N] 0. */
  takeIn(obs: Float32Array, agentMask: Uint8Array): void {
    const { agents, obsOffsets, obsTotal } = this.#spec;
    const n = agents.length;
    for (let k = 0; k < agentMask.length; k++) {
      if (agentMask[k] === 0) continue;
      const i = k % n;
      this.#ofAgent[i]!.add(obs, ((k - i) / n) * obsTotal + obsOffsets[i]!);
    }
    this.#refresh();
  }

  /** Normalises joint observations [B, SO] in place. */
  apply(obs: Float32Array): void {
    const { range } = this;
    const mean = this.#mean;
    const factor = this.#factor;
    const columns = mean.length;
    for (let row = 0; row < obs.length; row += columns)
      for (let c = 0; c < columns; c++) {
        const x = (obs[row + c]! - mean[c]!) * factor[c]!;
        obs[row + c] = x < -range ? -range : x > range ? range : x;
      }
  }

  /** `observation/mean` and `observation/std` per column of a joint observation, [SO]. */
  tensors(): TensorMap {
    const shape = [this.#spec.obsTotal];
    return new Map([
      ['observation/mean', { shape, data: this.#mean.slice() }],
      ['observation/std', { shape, data: this.#std.slice() }],
    ]);
  }

  /** Normalises by these tensors until the next takeIn(). */
  load(tensors: TensorMap): void {
    this.#mean.set(tensors.get('observation/mean')!.data);
    this.#std.set(tensors.get('observation/std')!.data);
    this.#setFactors();
  }

  /** State arrays by name, for checkpoints. */
  arrays(): Record<string, Float64Array> {
    return Object.fromEntries(
      this.#moments.flatMap((moments, g) =>
        Object.entries(moments.arrays()).map(([name, array]) => [`observation ${name} ${g}`, array]),
      ),
    );
  }

  /** Takes over arrays(). Throws UserError. */
  restore(sections: Sections): void {
    const restored = Object.entries(this.arrays()).map(
      ([name, array]) => [array, sections.get(name, Float64Array, array.length, ruleOf(name))] as const,
    );
    for (const [array, values] of restored) array.set(values);
    this.#refresh();
  }

  #refresh(): void {
    this.#ofAgent.forEach((moments, i) => {
      const at = this.#spec.obsOffsets[i]!;
      for (let c = 0; c < moments.mean.length; c++) {
        this.#mean[at + c] = moments.mean[c]!;
        this.#std[at + c] = moments.std(c);
      }
    });
    this.#setFactors();
  }

  #setFactors(): void {
    for (let c = 0; c < this.#factor.length; c++) this.#factor[c] = 1 / (this.#std[c]! + OBSERVATION_EPSILON);
  }
}

const NOT_NEGATIVE: Rule = { expected: 'numbers >= 0', holds: (x) => x >= 0 && x < Infinity };

/** What an array of arrays() holds. */
function ruleOf(name: string): Rule {
  if (name.startsWith('observation count')) return COUNTS;
  return name.startsWith('observation squares') ? NOT_NEGATIVE : FINITE;
}
