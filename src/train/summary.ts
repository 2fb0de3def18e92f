/** How a run ends, and its summary, as printed by `maddpg train --json`. */
import type { Config } from '../config/keys.ts';
import type { ReturnSummary } from '../evaluate/returns.ts';
import type { BestEvaluation, TrainerState } from './run-store.ts';

/** Why a run ended. `stopped`: by a callback. */
export type EndReason = 'running_steps' | 'stop_at_return' | 'max_wall_s' | 'stopped' | 'interrupted';

/** Why a run at `state` is finished under `config`; undefined if it is not. */
export function endedBy(
  config: Config,
  { step, wall_s, best, evaluation_due }: Pick<TrainerState, 'step' | 'wall_s' | 'best' | 'evaluation_due'>,
): EndReason | undefined {
  if (evaluation_due) return undefined;
  const { running_steps, parallels, stop_at_return, max_wall_s } = config;
  if (step + parallels > running_steps) return 'running_steps';
  if (stop_at_return !== null && best !== null && best.mean >= stop_at_return) return 'stop_at_return';
  return max_wall_s !== null && wall_s >= max_wall_s ? 'max_wall_s' : undefined;
}

/** Result of train(). */
export interface TrainSummary {
  /** Run directory. */
  readonly run: string;
  /** Newest checkpoint; null if none was written. */
  readonly checkpoint: string | null;
  readonly steps: number;
  readonly updates: number;
  readonly wall_s: number;
  readonly env_steps_per_second: number;
  /** Last evaluation and its step; null if an interrupted run had none. */
  readonly final: (ReturnSummary & { readonly step: number }) | null;
  /** Best evaluation. */
  readonly best: BestEvaluation | null;
  /** The side and opponents whose return `best` goes by; null for the mean return over all agents. */
  readonly best_by: string | null;
  readonly ended: EndReason;
  /** Whether the run was interrupted before it finished. */
  readonly interrupted: boolean;
  readonly engine: string;
}
