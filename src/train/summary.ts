/** How a run ended, and the summary that `maddpg train --json` prints. */
import type { ReturnSummary } from '../evaluate/returns.ts';
import type { BestEvaluation } from './run-store.ts';

/** Why a run ended. `stopped`: a callback asked for it. */
export type EndReason = 'running_steps' | 'stop_at_return' | 'max_wall_s' | 'stopped' | 'interrupted';

/** What `maddpg train --json` prints. */
export interface TrainSummary {
  /** The run directory. */
  readonly run: string;
  /** The newest checkpoint; null if none was written. */
  readonly checkpoint: string | null;
  readonly steps: number;
  readonly updates: number;
  readonly wall_s: number;
  readonly env_steps_per_second: number;
  /** The last evaluation; null if an interrupted run had none. */
  readonly final: ReturnSummary | null;
  /** The best evaluation of the run. */
  readonly best: BestEvaluation | null;
  readonly ended: EndReason;
  /** Whether the run was interrupted before its end. */
  readonly interrupted: boolean;
  readonly engine: string;
}
