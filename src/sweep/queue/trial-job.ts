/** A trial as a job of the queue: what a machine that shares no files needs to train it, and what comes back. */
import type { WorkerOutcome, WorkerTask } from '../worker-pool.ts';
import type { Parcel } from './parcels.ts';

export interface TrialData extends Pick<WorkerTask, 'sets' | 'until' | 'evaluate'> {
  /** The sweep that it belongs to. */
  readonly sweep: string;
  /** Of its run directory. */
  readonly name: string;
  /** Texts of its configuration files, in order. */
  readonly configs: readonly string[];
  /** Its run directory as of the newest checkpoint that came back; null before the first. */
  readonly saved: Parcel | null;
  /** A run directory that is being sent, and would be left behind if its sender died. */
  readonly pending: Parcel | null;
}

export interface TrialResult {
  readonly outcome: WorkerOutcome;
  /** Its run directory; null if it ended before it had one. */
  readonly run: Parcel | null;
}
