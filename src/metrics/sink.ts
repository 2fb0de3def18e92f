/** The interface of a metric file, and its records. */

/**
 * One measurement: joint steps per environment, seconds since the run started, and numbers by key
 * (`train/episode_return`, ...). NaN and infinities are allowed, and preserved by every sink.
 */
export interface MetricRecord {
  readonly step: number;
  readonly wall_s: number;
  readonly [key: string]: number;
}

/** Bytes that only grow: a file, or memory. */
export interface Appendable {
  /** In bytes. */
  readonly length: number;
  append(content: Uint8Array | string): void;
  /** File descriptor, for syncing from another thread. */
  readonly descriptor?: number | undefined;
  close(): void;
}

export interface MetricSink {
  /** Length in bytes. */
  readonly length: number;
  write(record: MetricRecord): void;
  /** File descriptor, to be synced from another thread; missing if a resumed run rebuilds the file. */
  readonly descriptor?: number | undefined;
  /** Syncs to disk and closes. */
  close(): void;
}
