/**
 * Metrics: writes each record of the trainer to every metric file of the run directory (JSON lines, CSV, TensorBoard).
 * Records are numbers by key; log messages go elsewhere.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { CsvSink } from './csv.ts';
import { recoverRecords, setAside } from './damage.ts';
import { JsonlSink } from './jsonl.ts';
import type { MetricRecord, MetricSink } from './sink.ts';
import { TensorBoardSink } from './tensorboard.ts';

export type { MetricRecord } from './sink.ts';

export interface MetricsOptions {
  /** lengths() at the checkpoint: the files are truncated to it. If absent, the files must not exist. */
  readonly resumeLengths?: Readonly<Record<string, number>>;
  /** Called with one line for each file that does not fit the checkpoint; it is kept aside and made again. */
  readonly onWarning?: ((line: string) => void) | undefined;
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
/** The files whose lengths a checkpoint records. */
export const METRIC_FILES = [jsonlName, csvName, eventsName] as const;
/** Its name for TensorBoard not to read it. */
const damagedEventsName = 'events';

export class Metrics {
  readonly #sinks: ReadonlyMap<string, MetricSink>;

  /** Opens the files in `runDir`. */
  constructor(runDir: string, options: MetricsOptions = {}) {
    const { resumeLengths, clock = () => Date.now() / 1000 } = options;
    const sinks =
      resumeLengths === undefined
        ? newSinks(runDir, clock)
        : resumedSinks(runDir, resumeLengths, clock, options);
    this.#sinks = new Map(Object.entries(sinks));
  }

  write(record: MetricRecord): void {
    for (const sink of this.#sinks.values()) sink.write(record);
  }

  /** Length of each file in bytes, by name. */
  lengths(): Record<string, number> {
    return Object.fromEntries([...this.#sinks].map(([name, sink]) => [name, sink.length]));
  }

  /** File descriptors to sync before a checkpoint that depends on the lengths. */
  descriptors(): number[] {
    return [...this.#sinks.values()].flatMap(({ descriptor }) => descriptor ?? []);
  }

  close(): void {
    for (const sink of this.#sinks.values()) sink.close();
  }
}

function newSinks(runDir: string, clock: () => number): Record<string, MetricSink> {
  return {
    [jsonlName]: new JsonlSink(path.join(runDir, jsonlName), null),
    [csvName]: new CsvSink(path.join(runDir, csvName), null),
    [eventsName]: new TensorBoardSink(path.join(runDir, eventsName), null, clock),
  };
}

function resumedSinks(
  runDir: string,
  lengths: Readonly<Record<string, number>>,
  clock: () => number,
  { onWarning }: MetricsOptions,
): Record<string, MetricSink> {
  const jsonlPath = path.join(runDir, jsonlName);
  const { records, damage } = recoverRecords(jsonlPath, lengths[jsonlName] ?? 0);
  if (damage !== undefined) {
    const aside = setAside(jsonlPath);
    onWarning?.(
      `${jsonlPath}: ${damage}; ${aside === undefined ? '' : `it is kept as ${aside}, and `}the metrics go on ` +
        (records.length === 0 ? 'without earlier records' : `after its ${records.length} whole records`),
    );
  }
  const jsonl = new JsonlSink(jsonlPath, damage === undefined ? (lengths[jsonlName] ?? 0) : null);
  if (damage !== undefined) for (const record of records) jsonl.write(record);
  return {
    [jsonlName]: jsonl,
    [csvName]: new CsvSink(path.join(runDir, csvName), records),
    [eventsName]: resumedEvents(
      runDir,
      damage === undefined ? (lengths[eventsName] ?? 0) : Infinity,
      records,
      {
        onWarning: damage === undefined ? onWarning : undefined,
        clock,
      },
    ),
  };
}

/** TensorBoard's file, or if it is shorter than `length`, a new one with the same records. */
function resumedEvents(
  runDir: string,
  length: number,
  records: readonly MetricRecord[],
  { onWarning, clock }: { onWarning: MetricsOptions['onWarning']; clock: () => number },
): TensorBoardSink {
  const file = path.join(runDir, eventsName);
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size >= length) return new TensorBoardSink(file, length, clock);
  if (fs.existsSync(file)) fs.renameSync(file, path.join(runDir, damagedEventsName));
  const aside = setAside(path.join(runDir, damagedEventsName));
  onWarning?.(
    `${file}: expected the ${length} bytes it had at the checkpoint, got ${size}; ` +
      `${aside === undefined ? '' : `it is kept as ${aside}, and `}made again from ${jsonlName}`,
  );
  // Their wall times are lost; those since the run began are in the records.
  const offset = clock() - (records.at(-1)?.wall_s ?? 0);
  let wall = offset;
  const events = new TensorBoardSink(file, null, () => wall);
  for (const record of records) {
    wall = offset + record.wall_s;
    events.write(record);
  }
  events.useClock(clock);
  return events;
}
