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

export interface MetricSink {
  /** Length in bytes. */
  readonly length: number;
  write(record: MetricRecord): void;
  /** Syncs the content to disk. */
  flush(): void;
  /** Flushes and closes. */
  close(): void;
}
