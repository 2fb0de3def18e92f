/** How a program follows a training, and what it may do to it meanwhile. */
import type { ReturnSummary } from '../evaluate/returns.ts';
import type { UpdateInfo } from '../learners/learner.ts';

/** A run's state; reported a few times a second. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly updates: number;
  /** Seconds of training so far, over all processes. */
  readonly wallS: number;
  readonly stepsPerSecond: number;
  /** Mean return of the training episodes of the last report, exploration noise included. */
  readonly trainReturn: number | undefined;
  readonly testReturn: number | undefined;
  readonly lossActor: number | undefined;
  readonly lossCritic: number | undefined;
}

export interface Evaluation {
  readonly step: number;
  readonly returns: ReturnSummary;
  /** Whether it is the best of the run so far. */
  readonly best: boolean;
}

/** A training episode that ended. */
export interface EpisodeEnd {
  /** Step of the training, rounded down to a whole vector step. */
  readonly step: number;
  /** Index of the environment. */
  readonly environment: number;
  /** Summed rewards by agent. */
  readonly returns: Readonly<Record<string, number>>;
}

/** What a callback may do to the run it is called from. */
export interface RunControls {
  /** Moves the curriculum of training and evaluation environments to a stage, clamped to those that exist. */
  setCurriculumStage(stage: number): void;
  /** Ends the run after this step, with an evaluation and a checkpoint. */
  stop(): void;
}

export interface TrainingCallbacks {
  readonly onProgress?: ((progress: Progress, run: RunControls) => void) | undefined;
  readonly onUpdate?: ((info: UpdateInfo, run: RunControls) => void) | undefined;
  readonly onEpisode?: ((episode: EpisodeEnd, run: RunControls) => void) | undefined;
  readonly onEvaluation?: ((evaluation: Evaluation, run: RunControls) => void) | undefined;
}
