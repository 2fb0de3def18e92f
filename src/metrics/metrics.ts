/**
 * Metrics: writes each record of the trainer to every metric file of the run directory (JSON lines, CSV, TensorBoard).
 * Records are numbers by key; log messages go elsewhere.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { rename } from '../core/rename.ts';
import type { TensorMap } from '../core/tensor-map.ts';
import { AppendFile } from './append-file.ts';
import { CsvSink } from './csv.ts';
import { recoverRecords, setAside } from './damage.ts';
import { JsonlSink } from './jsonl.ts';
import { csvName, eventsName, jsonlName } from './metric-files.ts';
import type { MetricRecord, MetricSink } from './sink.ts';
import { TensorBoardSink, type MetricNames, type RunConfiguration } from './tensorboard.ts';

export type { MetricRecord } from './sink.ts';

export interface MetricsOptions {
  /** lengths() at the checkpoint: the files are truncated to it. If absent, the files must not exist. */
  readonly resumeLengths?: Readonly<Record<string, number>>;
  /** Called with one line for each file that does not fit the checkpoint; it is kept aside and made again. */
  readonly onWarning?: ((line: string) => void) | undefined;
  /** Seconds since 1970, for TensorBoard's wall time; the system clock by default. */
  readonly clock?: () => number;
  /** Names in TensorBoard; the other files always have maddpg's. */
  readonly names?: MetricNames;
  /** For TensorBoard. */
  readonly configuration?: RunConfiguration;
}

/** Its name for TensorBoard not to read it. */
const damagedEventsName = 'events';

export class Metrics {
  readonly #jsonl: JsonlSink;
  readonly #csv: CsvSink;
  readonly #events: TensorBoardSink;

  /** Opens the files in `runDir`. */
  constructor(runDir: string, options: MetricsOptions = {}) {
    const { resumeLengths } = options;
    if (resumeLengths === undefined) {
      this.#jsonl = new JsonlSink(path.join(runDir, jsonlName), null);
      this.#csv = new CsvSink(path.join(runDir, csvName), null);
      this.#events = events(runDir, null, options);
      return;
    }
    const { jsonl, records, damaged } = resumedJsonl(runDir, resumeLengths[jsonlName] ?? 0, options);
    this.#jsonl = jsonl;
    this.#csv = new CsvSink(path.join(runDir, csvName), records);
    const length = damaged ? Infinity : (resumeLengths[eventsName] ?? 0);
    // One warning about damage is enough.
    this.#events = resumedEvents(
      runDir,
      length,
      records,
      damaged ? { ...options, onWarning: undefined } : options,
    );
  }

  write(record: MetricRecord): void {
    for (const sink of this.#sinks().values()) sink.write(record);
  }

  /** Adds histograms of finite weights to TensorBoard's file. */
  weights(step: number, tensors: TensorMap): void {
    this.#events.weights(step, tensors);
  }

  /** Tells TensorBoard that the configuration is another from `step` on. */
  configured(step: number, yaml: string): void {
    this.#events.configured(step, yaml);
  }

  /** Length of each file in bytes, by name. */
  lengths(): Record<string, number> {
    return Object.fromEntries([...this.#sinks()].map(([name, sink]) => [name, sink.length]));
  }

  /** File descriptors to sync before a checkpoint that depends on the lengths. */
  descriptors(): number[] {
    return [...this.#sinks().values()].flatMap(({ descriptor }) => descriptor ?? []);
  }

  close(): void {
    for (const sink of this.#sinks().values()) sink.close();
  }

  #sinks(): Map<string, MetricSink> {
    return new Map<string, MetricSink>([
      [jsonlName, this.#jsonl],
      [csvName, this.#csv],
      [eventsName, this.#events],
    ]);
  }
}

/** metrics.jsonl at its length at the checkpoint, and its records; if it is damaged, a new one with those that are whole. */
function resumedJsonl(
  runDir: string,
  length: number,
  { onWarning }: MetricsOptions,
): { jsonl: JsonlSink; records: readonly MetricRecord[]; damaged: boolean } {
  const file = path.join(runDir, jsonlName);
  const { records, damage } = recoverRecords(file, length);
  if (damage === undefined) return { jsonl: new JsonlSink(file, length), records, damaged: false };
  const aside = setAside(file);
  onWarning?.(
    `${file}: ${damage}; ${aside === undefined ? '' : `it is kept as ${aside}, and `}the metrics go on ` +
      (records.length === 0 ? 'without earlier records' : `after its ${records.length} whole records`),
  );
  const jsonl = new JsonlSink(file, null);
  for (const record of records) jsonl.write(record);
  return { jsonl, records, damaged: true };
}

function events(
  runDir: string,
  resumeLength: number | null,
  { clock = now, names, configuration }: MetricsOptions,
): TensorBoardSink {
  const out = new AppendFile(path.join(runDir, eventsName), resumeLength);
  return new TensorBoardSink(out, clock, names, configuration);
}

function now(): number {
  return Date.now() / 1000;
}

/** TensorBoard's file, or if it is shorter than `length`, a new one with the same records, without histograms. */
function resumedEvents(
  runDir: string,
  length: number,
  records: readonly MetricRecord[],
  options: MetricsOptions,
): TensorBoardSink {
  const file = path.join(runDir, eventsName);
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size >= length) return events(runDir, length, options);
  if (fs.existsSync(file)) rename(file, path.join(runDir, damagedEventsName));
  const aside = setAside(path.join(runDir, damagedEventsName));
  options.onWarning?.(
    `${file}: expected the ${length} bytes it had at the checkpoint, got ${size}; ` +
      `${aside === undefined ? '' : `it is kept as ${aside}, and `}made again from ${jsonlName}`,
  );
  // Their wall times are lost; those since the run began are in the records.
  const { clock = now } = options;
  const offset = clock() - (records.at(-1)?.wall_s ?? 0);
  let wall = offset;
  const remade = events(runDir, null, { ...options, clock: () => wall });
  for (const record of records) {
    wall = offset + record.wall_s;
    remade.write(record);
  }
  remade.useClock(clock);
  return remade;
}
