/** What a trainer is given besides configuration, environments, engine and store. All of it is optional. */
import type { AlgorithmTable } from '../learners/registry.ts';
import type { TrainingCallbacks } from './callbacks.ts';
import type { StoredSnapshot } from './run-store.ts';
import type { InitialNetworks } from './session.ts';

export interface TrainerOptions extends TrainingCallbacks {
  /** On abort, the run saves a checkpoint and ends; it rejects with the reason if that is an Error of the caller's own. */
  readonly signal?: AbortSignal | undefined;
  /** Called with one line per notable event, e.g. an evaluation. */
  readonly onEvent?: ((line: string) => void) | undefined;
  /** Called with one line per warning. */
  readonly onWarning?: ((line: string) => void) | undefined;
  /** Algorithms that `agent` may name. Default: the built-in ones. */
  readonly algorithms?: AlgorithmTable | undefined;
  /** Snapshot to resume from. */
  readonly resume?: StoredSnapshot | undefined;
  /** Networks to start with instead of random ones. */
  readonly initial?: InitialNetworks | undefined;
  /**
   * Called before every vector step, which waits for the promise that it returns: a page pauses, steps and slows down its
   * training so. Waiting is no training time. Open it after an abort, too.
   */
  readonly gate?: (() => Promise<void> | undefined) | undefined;
}
