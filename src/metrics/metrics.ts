/**
 * Metrics: writes each record of the trainer to every metric file of the run directory (JSON lines, CSV, TensorBoard).
 * Records are numbers by key; log messages go elsewhere.
 */
import * as path from 'node:path';
import { CsvSink } from './csv.ts';
import { JsonlSink, readRecords } from './jsonl.ts';
import type { MetricRecord, MetricSink } from './sink.ts';
import { TensorBoardSink } from './tensorboard.ts';

export type { MetricRecord } from './sink.ts';

export interface MetricsOptions {
  /** lengths() at the checkpoint: the files are truncated to it. If absent, the files must not exist. */
  readonly resumeLengths?: Readonly<Record<string, number>>;
  /** Seconds since 1970, for TensorBoard's wall time; the system clock by default. */
  readonly clock?: () => number;
}

const jsonlName = 'metrics.jsonl';
const csvName = 'metrics.csv';
/**
 * TensorBoard reads any file with `tfevents` in its name. This one, unlike its usual names, has no host or time in
 * it.
 */
const eventsName = 'events.out.tfevents.0.maddpg';

export class Metrics {
  readonly #sinks: ReadonlyMap<string, MetricSink>;

  /** Opens the files in `runDir`. Throws UserError if a file is shorter than its `resumeLengths`. */
  constructor(runDir: string, { resumeLengths, clock = () => Date.now() / 1000 }: MetricsOptions = {}) {
    const lengthOf = (name: string): number | null =>
      resumeLengths === undefined ? null : (resumeLengths[name] ?? 0);
    const jsonlPath = path.join(runDir, jsonlName);
    const jsonl = new JsonlSink(jsonlPath, lengthOf(jsonlName));
    const records = resumeLengths === undefined ? null : readRecords(jsonlPath);
    const csv = new CsvSink(path.join(runDir, csvName), records);
    const events = new TensorBoardSink(path.join(runDir, eventsName), lengthOf(eventsName), clock);
    this.#sinks = new Map<string, MetricSink>([
      [jsonlName, jsonl],
      [csvName, csv],
      [eventsName, events],
    ]);
  }

  write(record: MetricRecord): void {
    for (const sink of this.#sinks.values()) sink.write(record);
  }

  /** Length of each file in bytes, by name. Call flush() first if a checkpoint depends on them. */
  lengths(): Record<string, number> {
    return Object.fromEntries([...this.#sinks].map(([name, sink]) => [name, sink.length]));
  }

  /** Syncs all files to disk. */
  flush(): void {
    for (const sink of this.#sinks.values()) sink.flush();
  }

  close(): void {
    for (const sink of this.#sinks.values()) sink.close();
  }
}
