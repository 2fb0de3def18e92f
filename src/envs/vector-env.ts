/**
 * VectorEnv: E environments stepped together over typed arrays, without allocation. Rollout and evaluation use it;
 * ParallelEnv is the public dict-based API. There is no episode until reset() or restore(); afterwards environments reset
 * themselves when an episode ends: `nextObs` keeps the final observation, `obs` already holds the first of the next one.
 */
import type { JointSpec } from '../core/joint-spec.ts';
import type { SymmetryGroup } from '../core/symmetry.ts';
import type { Drawing, Entity } from './drawing.ts';

/** Hears of every state of environment 0, an episode's last included, which the next episode replaces at once. */
export interface Watcher {
  /** An episode has begun. */
  begun(): void;
  /** A step has been taken; rewards and `ended` are known. */
  stepped(): void;
}

export interface VectorEnv {
  /** Name of the environment, `simple_spread_v3`. */
  readonly name: string;
  readonly spec: JointSpec;
  /** Who plays against whom: the teams of each side. Absent: every team is a side of its own. See sides.ts. */
  readonly sides?: readonly (readonly string[])[] | undefined;
  /** E */
  readonly count: number;
  /** Observation to act on, [E, SO]. Overwritten by reset and step. */
  readonly obs: Float32Array;
  /** Observation after the last step, before any reset, [E, SO]. */
  readonly nextObs: Float32Array;
  /** Rewards of the last step, [E, N]. */
  readonly rewards: Float64Array;
  /** 1 if agent i of environment e has terminated (no bootstrap), [E, N]. A time limit is not a termination. */
  readonly terminals: Uint8Array;
  /** 1 if agent i took part in the last step, [E, N]. */
  readonly agentMask: Uint8Array;
  /** 1 if the last step ended environment e's episode (terminated or truncated), [E]. */
  readonly ended: Uint8Array;
  /**
   * 1 for the actions that are allowed at `obs`, [E, SA]; 1 in all columns of Box actions and of agents outside the
   * episode. Only environments with action masks have it, from the first reset() or restore() on: that decides.
   */
  readonly actionMask?: Uint8Array | undefined;
  /** The same at `nextObs`, [E, SA]. All 1 for an agent that terminated without a mask. */
  readonly nextActionMask?: Uint8Array | undefined;
  /** Reseeds environment e with `seeds[e]` and starts an episode. */
  reset(seeds: readonly number[]): void;
  /**
   * Steps every environment with the joint actions [E, SA]. A Discrete agent's columns hold a score per choice (one-hot
   * or probabilities): the argmax is taken, the first of equals. It must be an action that actionMask allows.
   */
  step(actions: Float32Array): void;
  /** false if snapshot() cannot save the environments' state: restore() then starts new episodes. Default true. */
  readonly resumable?: boolean;
  /**
   * The exact symmetries of the task; undefined or absent if none are known.
   * @throws EnvironmentError if there are too many to list
   */
  symmetries?(): SymmetryGroup | undefined;
  /**
   * What each column of an agent's observation means, for people; the parts of a vector or a message have one name. Absent or
   * undefined if the environment does not say.
   */
  observationNames?(agent: number): readonly string[] | undefined;
  /** Sets every environment's curriculum stage, clamped to the valid range. Absent, or throws, without a curriculum. */
  setCurriculumStage?(stage: number): void;
  /** From now on tells `watcher`, in place of any earlier one. */
  watch(watcher: Watcher): void;
  /** What environment 0 looks like; undefined or absent if it cannot be drawn. */
  draw?(): Drawing | undefined;
  /**
   * The bodies of environment e where they are now, agents first; for pages in which a hand moves them. Absent if the
   * environment has none to move.
   */
  entities?(e: number): readonly Entity[];
  /**
   * Puts body k of environment e at rest at (x, y) and observes anew: `obs` changes, rewards and seeds do not.
   * @throws EnvironmentError unless there is an episode and a body k, and x and y are within ±1e12
   */
  moveEntity?(e: number, k: number, x: number, y: number): void;
  /** The complete state as bytes; after restore() the environments continue bit for bit. */
  snapshot(): Uint8Array;
  restore(bytes: Uint8Array): void;
}
