/** Exploration noise: its standard deviation over the training, and the noisy, clipped action. */
import type { JointSpec } from '../core/joint-spec.ts';

export interface NoiseSchedule {
  /** Standard deviation at step 0. */
  readonly start: number;
  /** Standard deviation at step `steps`. */
  readonly end: number;
  readonly steps: number;
}

/** Standard deviation at a step: linear from start to end, then constant (XuanCe 1.4.4). */
export function noiseScale({ start, end, steps }: NoiseSchedule, step: number): number {
  return start + (end - start) * Math.min(1, step / steps);
}

export interface RandomStream {
  /** Uniform in [0, 1). */
  double(): number;
  /** Standard normal. */
  normal(): number;
}

/** Draws the actions of exploration for joint action rows [E, SA], inside each agent's bounds. */
export class Exploration {
  /** Bounds of each column, [SA]. */
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  readonly #stream: RandomStream;

  constructor(spec: JointSpec, stream: RandomStream) {
    const bounds = (of: 'actionLow' | 'actionHigh'): Float64Array =>
      Float64Array.from(spec.agents.flatMap((agent) => new Array<number>(agent.actWidth).fill(agent[of])));
    this.#low = bounds('actionLow');
    this.#high = bounds('actionHigh');
    this.#stream = stream;
  }

  /** actions += scale * normal, then clipped to the bounds; in place. */
  addNoise(actions: Float32Array, scale: number): void {
    const columns = this.#low.length;
    for (let k = 0; k < actions.length; k++) {
      const noisy = actions[k]! + scale * this.#stream.normal();
      actions[k] = Math.max(this.#low[k % columns]!, Math.min(this.#high[k % columns]!, noisy));
    }
  }

  /** Uniform actions within the bounds, whatever the policy says. */
  fillUniform(actions: Float32Array): void {
    const columns = this.#low.length;
    for (let k = 0; k < actions.length; k++) {
      const low = this.#low[k % columns]!;
      actions[k] = low + (this.#high[k % columns]! - low) * this.#stream.double();
    }
  }

  /** Clips to the bounds, in place. */
  clip(actions: Float32Array): void {
    const columns = this.#low.length;
    for (let k = 0; k < actions.length; k++)
      actions[k] = Math.max(this.#low[k % columns]!, Math.min(this.#high[k % columns]!, actions[k]!));
  }
}
