/**
 * Metrics: one record goes to every metric file of the run directory. Not the log and not the progress line:
 * numbers by key and nothing else. Written by the trainer; read by reports, spreadsheets and TensorBoard.
 */
import * as path from 'node:path';
import { CsvSink } from './csv.ts';
import { JsonlSink, readRecords } from './jsonl.ts';
import type { MetricRecord, MetricSink } from './sink.ts';
import { TensorBoardSink } from './tensorboard.ts';

export type { MetricRecord } from './sink.ts';

export interface MetricsOptions {
  /** What lengths() gave at the checkpoint: the files are cut back to it. Absent: they must not exist yet. */
  readonly resumeLengths?: Readonly<Record<string, number>>;
  /** Seconds since 1970, for TensorBoard's wall time; this machine's clock unless given. */
  readonly clock?: () => number;
}

const jsonlName = 'metrics.jsonl';
const csvName = 'metrics.csv';
/** TensorBoard takes every file with `tfevents` in its name; nothing in it depends on host or time. */
const eventsName = 'events.out.tfevents.0.maddpg';

export class Metrics {
  readonly #sinks: ReadonlyMap<string, MetricSink>;

  /** Opens the files in `runDir`. Throws UserError where a file to resume is shorter than it was. */
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

  /** Bytes of each file, by name. flush() first if a checkpoint is to rely on them. */
  lengths(): Record<string, number> {
    return Object.fromEntries([...this.#sinks].map(([name, sink]) => [name, sink.length]));
  }

  /** Returns when everything written is on the disk. */
  flush(): void {
    for (const sink of this.#sinks.values()) sink.flush();
  }

  close(): void {
    for (const sink of this.#sinks.values()) sink.close();
  }
}
