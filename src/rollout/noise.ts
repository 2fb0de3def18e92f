/** Exploration noise: its standard deviation over the training, and the noisy, clipped action. */
import type { AgentSpec, JointSpec } from '../core/joint-spec.ts';

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

/**
 * Draws the actions of exploration for joint action rows [E, SA]: inside each agent's bounds for a Box, one-hot rows
 * for a Discrete.
 */
export class Exploration {
  readonly #spec: JointSpec;
  /** Bounds of each column, [SA]. */
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  /** 1 for the columns of Box actions, [SA]. */
  readonly #box: Uint8Array;
  readonly #stream: RandomStream;

  constructor(spec: JointSpec, stream: RandomStream) {
    const columns = (of: (agent: AgentSpec) => number): number[] =>
      spec.agents.flatMap((agent) => new Array<number>(agent.actWidth).fill(of(agent)));
    this.#spec = spec;
    this.#low = Float64Array.from(columns(({ actionLow }) => actionLow));
    this.#high = Float64Array.from(columns(({ actionHigh }) => actionHigh));
    this.#box = Uint8Array.from(columns(({ actionKind }) => (actionKind === 'box' ? 1 : 0)));
    this.#stream = stream;
  }

  /** Whether any agent has Box actions, which noise is added to. */
  get addsNoise(): boolean {
    return this.#box.includes(1);
  }

  /** Box actions += scale * normal, then clipped to the bounds; in place. Discrete ones stay. */
  addNoise(actions: Float32Array, scale: number): void {
    const columns = this.#low.length;
    for (let k = 0; k < actions.length; k++) {
      if (this.#box[k % columns] === 0) continue;
      const noisy = actions[k]! + scale * this.#stream.normal();
      actions[k] = Math.max(this.#low[k % columns]!, Math.min(this.#high[k % columns]!, noisy));
    }
  }

  /** Uniform actions within the bounds, or any of the choices, whatever the policy says. */
  fillUniform(actions: Float32Array): void {
    for (let at = 0; at < actions.length;)
      for (const { actWidth, actionKind, actionLow, actionHigh } of this.#spec.agents) {
        if (actionKind === 'discrete') {
          actions.fill(0, at, at + actWidth);
          actions[at + Math.floor(this.#stream.double() * actWidth)] = 1;
        } else {
          for (let k = 0; k < actWidth; k++)
            actions[at + k] = actionLow + (actionHigh - actionLow) * this.#stream.double();
        }
        at += actWidth;
      }
  }

  /** Clips to the bounds, in place. */
  clip(actions: Float32Array): void {
    const columns = this.#low.length;
    for (let k = 0; k < actions.length; k++)
      actions[k] = Math.max(this.#low[k % columns]!, Math.min(this.#high[k % columns]!, actions[k]!));
  }
}
