/**
 * RunStore: storage interface of the trainer, which never touches files itself. run/file-store.ts implements it with a run
 * directory.
 */
import type { FileContent } from '../checkpoint/file-content.ts';
import type { TensorMap } from '../core/tensor-map.ts';
import type { MetricRecord } from '../metrics/sink.ts';
import type { Policy } from '../policy/policy.ts';
import type { SessionCounters } from './session.ts';

/** Trainer state besides the session's files; saved in state.json. */
export interface TrainerState extends SessionCounters {
  readonly best: BestEvaluation | null;
  /** Whether rollout.bin holds the environments' state, or resuming starts new episodes. */
  readonly environments: 'saved' | 'new episodes';
  /** Training time so far in seconds, including previous processes. */
  readonly wall_s: number;
  /** Set if an evaluation due at this step was interrupted; resuming starts with it. */
  readonly evaluation_due?: true;
  /** Curriculum stage, if a callback has set one. */
  readonly curriculum_stage?: number;
  /** Hashes of the opponents' weights by name (null: without weights), if there are any. */
  readonly opponents?: Readonly<Record<string, string | null>>;
}

export interface BestEvaluation {
  readonly step: number;
  /** Mean return; with best_team, what best goes by (best-score.ts). */
  readonly mean: number;
}

/** Complete state of a run at one step: a restored trainer continues bit for bit. */
export interface Snapshot {
  readonly state: TrainerState;
  /** Files of the session, by name. */
  readonly files: Readonly<Record<string, FileContent>>;
  readonly policy: Policy;
}

/** A snapshot read from a store. */
export interface StoredSnapshot {
  readonly state: TrainerState;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Checkpoint name, for messages. */
  readonly checkpoint: string;
  /** Records of the metrics up to it. */
  readonly records?: readonly MetricRecord[];
}

export type LogLevel = 'info' | 'warn' | 'error';

/** Storage of a run. */
export interface RunStore {
  /** Run name, for messages and the summary. */
  readonly name: string;
  /** Appends a record to the metrics. */
  record(record: MetricRecord): void;
  /** Takes the weights at an evaluation, for histograms. */
  weights?(step: number, tensors: TensorMap): void;
  /** Announces the size of checkpoints, in bytes, for a store that prepares memory. */
  reserve?(bytes: number): void;
  /**
   * Saves a checkpoint and returns its name. `best`: whether its evaluation is the best so far. The snapshot is copied
   * before save() returns its promise or, if an earlier save is under way, before that resolves.
   */
  save(snapshot: Snapshot, best: boolean): Promise<string>;
  /** Resolves once everything saved is safe. */
  settle(): Promise<void>;
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}
