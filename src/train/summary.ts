/** Summary of a run, as printed by `maddpg train --json`. */
import type { ReturnSummary } from '../evaluate/returns.ts';
import type { BestEvaluation } from './run-store.ts';

/** Why a run ended. `stopped`: by a callback. */
export type EndReason = 'running_steps' | 'stop_at_return' | 'max_wall_s' | 'stopped' | 'interrupted';

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
  readonly ended: EndReason;
  /** Whether the run was interrupted before it finished. */
  readonly interrupted: boolean;
  readonly engine: string;
}
