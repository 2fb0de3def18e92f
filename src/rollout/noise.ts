/** Exploration noise: its schedule, and noisy actions clipped to their bounds. */
import { ActionBounds, perColumn, type UniformStream } from '../core/action-bounds.ts';
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

export interface RandomStream extends UniformStream {
  /** Standard normal. */
  normal(): number;
}

export interface ExplorationOptions {
  /** Names of the agents whose actors are stochastic: their actions get no noise. */
  readonly stochastic?: readonly string[];
}

/** Exploratory joint actions [E, SA]: within each agent's bounds for Box, one-hot rows for Discrete. */
export class Exploration {
  readonly #bounds: ActionBounds;
  /** 1 for columns that get noise, [SA]. */
  readonly #noisy: Uint8Array;
  readonly #stream: RandomStream;

  constructor(spec: JointSpec, stream: RandomStream, { stochastic = [] }: ExplorationOptions = {}) {
    this.#bounds = new ActionBounds(spec);
    this.#noisy = Uint8Array.from(
      perColumn(spec.agents, ({ actionKind, name }) =>
        actionKind === 'box' && !stochastic.includes(name) ? 1 : 0,
      ),
    );
    this.#stream = stream;
  }

  /** Whether any agent's actions get noise. */
  get addsNoise(): boolean {
    return this.#noisy.includes(1);
  }

  /** Adds scale * noise to the Box actions of deterministic actors, then clips all actions. In place. */
  addNoise(actions: Float32Array, scale: number): void {
    const { low, high } = this.#bounds;
    const columns = low.length;
    for (let k = 0; k < actions.length; k++) {
      const c = k % columns;
      let action = actions[k]!;
      if (this.#noisy[c] === 1) action += scale * this.#stream.normal();
      actions[k] = Math.max(low[c]!, Math.min(high[c]!, action));
    }
  }

  /** Fills joint actions with uniform draws among those that `mask` allows, whatever the policy. */
  fillUniform(actions: Float32Array, mask?: Readonly<Uint8Array>): void {
    this.#bounds.fillUniform(actions, this.#stream, mask);
  }
}
