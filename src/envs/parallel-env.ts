/**
 * ParallelEnv: one environment for people, as PettingZoo's parallel API has it (camelCase names).
 * Training does not use it: it steps many environments at once through VectorEnv (vector-env.ts), which
 * for the built-in scenarios is the same code over the same arrays.
 */
import type { Space } from './spaces.ts';

/** A Discrete agent's action is an integer, a Box agent's a float32 vector. */
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
  /** All agents that can ever appear, in the fixed agent order. */
  readonly possibleAgents: readonly string[];
  /** Agents that are still in the episode; empty after its last step. */
  readonly agents: readonly string[];
  observationSpace(agent: string): Space;
  actionSpace(agent: string): Space;
  /** Starts an episode. With `seed` a new generator is made; without it the current one goes on. */
  reset(options?: { seed?: number }): ResetResult;
  /** One joint step. Every live agent needs an action. */
  step(actions: Readonly<Record<string, Action>>): StepResult;
  /** All observations side by side in agent order, [SO]. */
  state(): Float32Array;
  /** Moves the curriculum to a stage, clamped to those that exist; missing in environments without one. */
  setCurriculumStage?(stage: number): void;
  /** Everything that the future depends on, as bytes; restore() of it continues bit for bit. Optional, as a pair. */
  snapshot?(): Uint8Array;
  restore?(bytes: Uint8Array): void;
}
