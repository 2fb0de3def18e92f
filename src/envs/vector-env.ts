/**
 * VectorEnv: E environments stepped together over typed arrays, without allocation, for rollout and evaluation.
 * ParallelEnv is the public dict-based API. There is no episode until reset() or restore(). An episode that ends is
 * reset at once: `nextObs` keeps its last observation, `obs` already holds the first of the next one.
 */
import type { JointSpec } from '../core/joint-spec.ts';
import type { SymmetryGroup } from '../core/symmetry.ts';

export interface VectorEnv {
  /** Name of the environment, `simple_spread_v3`. */
  readonly name: string;
  readonly spec: JointSpec;
  /** E */
  readonly count: number;
  /** Observation to act on, [E, SO]. Overwritten by reset and step. */
  readonly obs: Float32Array;
  /** Observation that followed the last step, before any reset, [E, SO]. */
  readonly nextObs: Float32Array;
  /** Rewards of the last step, [E, N]. */
  readonly rewards: Float64Array;
  /** 1 where agent i of environment e has terminated (no bootstrap), [E, N]. A time limit is not a termination. */
  readonly terminals: Uint8Array;
  /** 1 where agent i took part in the last step, [E, N]. */
  readonly agentMask: Uint8Array;
  /** 1 where environment e's episode ended with the last step (terminated or truncated), [E]. */
  readonly ended: Uint8Array;
  /** Environment e starts an episode with a new generator seeded `seeds[e]`. */
  reset(seeds: readonly number[]): void;
  /**
   * One step of every environment with the joint actions [E, SA]. A Discrete agent's columns hold one score
   * a choice (a one-hot row, or probabilities): the largest is taken, the first of equals.
   */
  step(actions: Float32Array): void;
  /**
   * false where snapshot() cannot hold the state of the environments: restore() then starts new episodes. A run
   * that is resumed is told so. Left out: true.
   */
  readonly resumable?: boolean;
  /**
   * The exact symmetries of the task; undefined, or left out, where none are known.
   * @throws EnvironmentError where there are too many to list
   */
  symmetries?(): SymmetryGroup | undefined;
  /** Moves the curriculum of every environment to a stage, clamped to those that exist; left out where there is none. */
  setCurriculumStage?(stage: number): void;
  /** Everything that the future depends on, as bytes; restore() of it continues bit for bit. */
  snapshot(): Uint8Array;
  restore(bytes: Uint8Array): void;
}
