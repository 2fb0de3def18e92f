/** What every metric file offers to Metrics, and the record that goes through it. */

/**
 * One measurement: joint steps of one environment, seconds since the run began, and numbers by key
 * (`train/episode_return` ...). NaN and the infinities are allowed and stay visible in every sink.
 */
export interface MetricRecord {
  readonly step: number;
  readonly wall_s: number;
  readonly [key: string]: number;
}

export interface MetricSink {
  /** Bytes written. */
  readonly length: number;
  write(record: MetricRecord): void;
  /** Returns when everything written is on the disk. */
  flush(): void;
  /** Flushes and closes. */
  close(): void;
}
