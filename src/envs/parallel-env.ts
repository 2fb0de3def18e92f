/**
 * ParallelEnv: the public dict-based API of a single environment, PettingZoo's parallel API in camelCase. Training does
 * not use it: VectorEnv (vector-env.ts) steps many environments at once. For the built-in scenarios both run the same
 * code over the same arrays.
 */
import type { Space } from './spaces.ts';

/** An integer for a Discrete action space, a float32 vector for a Box. */
export type Action = number | Float32Array;
export type Info = Record<string, unknown>;

export interface ResetResult {
  observations: Record<string, Float32Array>;
  infos: Record<string, Info>;
}

export interface StepResult extends ResetResult {
  rewards: Record<string, number>;
  terminations: Record<string, boolean>;
  truncations: Record<string, boolean>;
}

export interface ParallelEnv {
  /** Name of the environment, `simple_spread_v3`. */
  readonly name: string;
  /** Every agent that can appear, in a fixed order. */
  readonly possibleAgents: readonly string[];
  /** Agents still in the episode; empty after its last step. */
  readonly agents: readonly string[];
  observationSpace(agent: string): Space;
  actionSpace(agent: string): Space;
  /** Starts an episode. `seed` reseeds the random generator; without it the current one continues. */
  reset(options?: { seed?: number }): ResetResult;
  /** Steps all agents. Every live agent needs an action. */
  step(actions: Readonly<Record<string, Action>>): StepResult;
  /** All observations concatenated in agent order, [SO]. */
  state(): Float32Array;
  /** Sets the curriculum stage, clamped to the valid range. Absent, or without effect, if there is no curriculum. */
  setCurriculumStage?(stage: number): void;
  /** Everything that the future depends on, as bytes; restore() of it continues bit for bit. Optional, as a pair. */
  snapshot?(): Uint8Array;
  restore?(bytes: Uint8Array): void;
}
