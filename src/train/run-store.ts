/**
 * RunStore: what the trainer needs of the place where a run is kept. run/file-store.ts keeps it in a run directory. The
 * trainer never touches files itself.
 */
import type { FileContent } from '../checkpoint/manifest.ts';
import type { MetricRecord } from '../metrics/sink.ts';
import type { Policy } from '../policy/policy.ts';
import type { SessionCounters } from './session.ts';

/** What the trainer knows beyond its session's files; state.json holds it. */
export interface TrainerState extends SessionCounters {
  readonly best: BestEvaluation | null;
  /** Whether rollout.bin holds the environments' state, or a resumed run starts new episodes. */
  readonly environments: 'saved' | 'new episodes';
  /** Seconds of training so far, over all processes. */
  readonly wall_s: number;
  /** Whether an evaluation due at this step was interrupted: a resumed run begins with it. */
  readonly evaluation_due?: true;
  /** Stage of the curriculum, if a callback has set one. */
  readonly curriculum_stage?: number;
}

export interface BestEvaluation {
  readonly step: number;
  /** Mean return. */
  readonly mean: number;
}

/** A run at one step, complete: a trainer restored from it continues bit for bit. */
export interface Snapshot {
  readonly state: TrainerState;
  /** Files of the session, by name. */
  readonly files: Readonly<Record<string, FileContent>>;
  readonly policy: Policy;
}

/** A snapshot as a store gives it back. */
export interface StoredSnapshot {
  readonly state: TrainerState;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The name of the checkpoint, for messages. */
  readonly checkpoint: string;
}

export type LogLevel = 'info' | 'warn' | 'error';

export interface RunStore {
  /** The name of the run, for messages and the summary. */
  readonly name: string;
  /** Appends a record to the metrics. */
  record(record: MetricRecord): void;
  /** Saves a checkpoint and returns its name. `best`: whether it holds the best evaluation so far. */
  save(snapshot: Snapshot, best: boolean): string;
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}
