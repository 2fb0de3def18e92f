/** Training callbacks, and how they control the run. */
import { UserError } from '../core/user-error.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { ReturnSummary } from '../evaluate/returns.ts';
import type { UpdateInfo } from '../learners/learner.ts';
import type { SessionOptions } from './session.ts';

/** A run's state; reported a few times a second. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly updates: number;
  /** Training time so far in seconds, including previous processes. */
  readonly wallS: number;
  readonly stepsPerSecond: number;
  /** Mean return of training episodes since the last report, with exploration noise. */
  readonly trainReturn: number | undefined;
  readonly testReturn: number | undefined;
  readonly lossActor: number | undefined;
  readonly lossCritic: number | undefined;
}

/** A finished evaluation. */
export interface Evaluation {
  readonly step: number;
  readonly returns: ReturnSummary;
  /** What best goes by: the mean return, or with best_team that of its side. */
  readonly score: number;
  /** Whether it is the best so far. */
  readonly best: boolean;
}

/** A finished training episode. */
export interface EpisodeEnd {
  /** Training step, rounded down to a multiple of `parallels`. */
  readonly step: number;
  /** Index of the environment. */
  readonly environment: number;
  /** Return by agent. */
  readonly returns: Readonly<Record<string, number>>;
}

/** Controls that callbacks get. */
export interface RunControls {
  /** Sets the curriculum stage of training and evaluation environments, clamped to existing stages. */
  setCurriculumStage(stage: number): void;
  /** Ends the run after this step with an evaluation and a checkpoint. */
  stop(): void;
}

/** Throws UserError for an environment without stages, and for half a stage, which no checkpoint could be resumed with. */
export function requireStage(env: VectorEnv, stage: number): void {
  if (!env.setCurriculumStage)
    throw new UserError(
      `setCurriculumStage: expected an environment with a curriculum, got ${env.name}, which has none`,
    );
  if (!Number.isInteger(stage)) throw new UserError(`setCurriculumStage: expected an integer, got ${stage}`);
}

/** Callbacks of a run; all are optional. */
export interface TrainingCallbacks {
  readonly onProgress?: ((progress: Progress, run: RunControls) => void) | undefined;
  readonly onUpdate?: ((info: UpdateInfo, run: RunControls) => void) | undefined;
  readonly onEpisode?: ((episode: EpisodeEnd, run: RunControls) => void) | undefined;
  readonly onEvaluation?: ((evaluation: Evaluation, run: RunControls) => void) | undefined;
}

/** Session listeners, only for callbacks that are set: they are on the hot path. `step`: the present training step. */
export function listenersOf(
  { onUpdate, onEpisode }: TrainingCallbacks,
  controls: RunControls,
  env: VectorEnv,
  step: () => number,
): Pick<SessionOptions, 'onUpdate' | 'onEpisode'> {
  const names = env.spec.agents.map(({ name }) => name);
  return {
    onUpdate:
      onUpdate &&
      ((info) => {
        onUpdate(info, controls);
      }),
    onEpisode:
      onEpisode &&
      ((environment, returns) => {
        const byAgent = Object.fromEntries(names.map((name, i) => [name, returns[i]!]));
        onEpisode({ step: step(), environment, returns: byAgent }, controls);
      }),
  };
}
