/** Exploration noise: its standard deviation over the training, and the noisy, clipped action. */
import type { AgentSpec, JointSpec } from '../core/joint-spec.ts';
import type { OrnsteinUhlenbeck } from './ornstein-uhlenbeck.ts';

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

export interface ExplorationOptions {
  /** What turns normal draws into noise; left out, they are the noise. */
  readonly process?: OrnsteinUhlenbeck | undefined;
  /** Names of the agents whose actors draw their actions, so that no noise is added to them. */
  readonly drawing?: readonly string[];
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
  /** 1 for the columns that noise is added to, [SA]. */
  readonly #noisy: Uint8Array;
  readonly #stream: RandomStream;
  readonly #process: OrnsteinUhlenbeck | undefined;

  constructor(spec: JointSpec, stream: RandomStream, { process, drawing = [] }: ExplorationOptions = {}) {
    const columns = (of: (agent: AgentSpec) => number): number[] =>
      spec.agents.flatMap((agent) => new Array<number>(agent.actWidth).fill(of(agent)));
    this.#spec = spec;
    this.#low = Float64Array.from(columns(({ actionLow }) => actionLow));
    this.#high = Float64Array.from(columns(({ actionHigh }) => actionHigh));
    this.#noisy = Uint8Array.from(
      columns((agent) => (agent.actionKind === 'box' && !drawing.includes(agent.name) ? 1 : 0)),
    );
    this.#stream = stream;
    this.#process = process;
  }

  /** Whether there is anybody to add noise to. */
  get addsNoise(): boolean {
    return this.#noisy.includes(1);
  }

  /** Box actions of deterministic actors += scale * noise; then all are clipped to the bounds. In place. */
  addNoise(actions: Float32Array, scale: number): void {
    const columns = this.#low.length;
    for (let k = 0; k < actions.length; k++) {
      const c = k % columns;
      let action = actions[k]!;
      if (this.#noisy[c] === 1) {
        const draw = this.#stream.normal();
        action += scale * (this.#process?.next(k, draw) ?? draw);
      }
      actions[k] = Math.max(this.#low[c]!, Math.min(this.#high[c]!, action));
    }
  }

  /** Uniform actions within the bounds, or any of the choices, whatever the policy says. */
  fillUniform(actions: Float32Array): void {
    for (let at = 0; at < actions.length;)
      for (const agent of this.#spec.agents) {
        this.#drawUniform(actions, at, agent);
        at += agent.actWidth;
      }
  }

  /** Gives each agent of each environment a uniform action with this probability, one agent independent of another. */
  mixUniform(actions: Float32Array, probability: number): void {
    for (let at = 0; at < actions.length;)
      for (const agent of this.#spec.agents) {
        if (this.#stream.double() < probability) this.#drawUniform(actions, at, agent);
        at += agent.actWidth;
      }
  }

  #drawUniform(actions: Float32Array, at: number, agent: AgentSpec): void {
    const { actWidth, actionKind, actionLow, actionHigh } = agent;
    if (actionKind === 'discrete') {
      actions.fill(0, at, at + actWidth);
      actions[at + Math.floor(this.#stream.double() * actWidth)] = 1;
    } else {
      for (let k = 0; k < actWidth; k++)
        actions[at + k] = actionLow + (actionHigh - actionLow) * this.#stream.double();
    }
  }

  /** Clips to the bounds, in place. */
  clip(actions: Float32Array): void {
    const columns = this.#low.length;
    for (let k = 0; k < actions.length; k++)
      actions[k] = Math.max(this.#low[k % columns]!, Math.min(this.#high[k % columns]!, actions[k]!));
  }
}
