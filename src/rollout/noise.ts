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
  /** Fills `out` with normal draws with mean 0 and standard deviation `std`. */
  fillNormal(out: Float64Array, std: number): void;
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
  readonly #noisyColumns: number;
  #noise = new Float64Array(0);
  /**
   * What an action becomes when clipped, [SA, 3]: itself, its low or its high bound. A lookup, because noise makes
   * the branch unpredictable and therefore slow.
   */
  readonly #choices: Float64Array;
  readonly #stream: RandomStream;

  constructor(spec: JointSpec, stream: RandomStream, { stochastic = [] }: ExplorationOptions = {}) {
    this.#bounds = new ActionBounds(spec);
    this.#noisy = Uint8Array.from(
      perColumn(spec.agents, ({ actionKind, name }) =>
        actionKind === 'box' && !stochastic.includes(name) ? 1 : 0,
      ),
    );
    this.#noisyColumns = this.#noisy.reduce((sum, noisy) => sum + noisy, 0);
    const { low, high } = this.#bounds;
    this.#choices = Float64Array.from([...low].flatMap((least, c) => [0, least, high[c]!]));
    this.#stream = stream;
  }

  /** Whether any agent's actions get noise. */
  get addsNoise(): boolean {
    return this.#noisyColumns > 0;
  }

  /** Adds scale * noise to the Box actions of deterministic actors, then clips all actions. In place. */
  addNoise(actions: Float32Array, scale: number): void {
    const choices = this.#choices;
    const noisy = this.#noisy;
    const columns = noisy.length;
    const noise = this.#draw(actions.length / columns, scale);
    let drawn = 0;
    for (let row = 0; row < actions.length; row += columns)
      for (let c = 0; c < columns; c++) {
        let action = actions[row + c]!;
        if (noisy[c] === 1) action += noise[drawn++]!;
        const at = 3 * c;
        choices[at] = action;
        actions[row + c] =
          choices[at + Number(action <= choices[at + 1]!) + 2 * Number(action > choices[at + 2]!)]!;
      }
  }

  /** Noise for the noisy columns of so many rows, which the next call overwrites. */
  #draw(rows: number, scale: number): Float64Array {
    const length = rows * this.#noisyColumns;
    if (this.#noise.length !== length) this.#noise = new Float64Array(length);
    this.#stream.fillNormal(this.#noise, scale);
    return this.#noise;
  }

  /** Fills joint actions with uniform draws among those that `mask` allows, whatever the policy. */
  fillUniform(actions: Float32Array, mask?: Readonly<Uint8Array>): void {
    this.#bounds.fillUniform(actions, this.#stream, mask);
  }
}
