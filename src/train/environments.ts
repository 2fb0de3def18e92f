/** What a run plays in, and against whom its evaluations do. */
import type { EnvironmentFactory } from '../envs/environment-factory.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { Opponent } from './best-score.ts';

/** Environments of a run. */
export interface RunEnvironments {
  readonly factory: EnvironmentFactory;
  /** Evaluation environment, count 1; fully determined by its seed. */
  readonly evaluation: VectorEnv;
  /** Those of the key opponents. */
  readonly opponents?: readonly Opponent[];
}
