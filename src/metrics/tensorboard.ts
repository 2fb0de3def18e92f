/**
 * TensorBoard's events file: TFRecords that each hold an Event message in protocol buffer encoding. Small enough not to
 * need a library.
 *
 * Event:   1 wall_time double, 2 step int64, 3 file_version string, 5 summary Summary
 * Summary: 1 value Summary.Value (repeated), see summaries.ts
 * (tensorflow/core/util/event.proto)
 */
import type { TensorMap } from '../core/tensor-map.ts';
import { cleanRlName } from './cleanrl-names.ts';
import { maskedCrc32c } from './crc32c.ts';
import { concatenated, double, integer, message, text } from '../core/protobuf.ts';
import type { Appendable, MetricRecord, MetricSink } from './sink.ts';
import { histogram, hparams, markdown, scalar } from './summaries.ts';

/** Whose names scalars have. */
export type MetricNames = 'maddpg' | 'cleanrl';

/** The configuration of a run. */
export interface RunConfiguration {
  /** config.yaml */
  readonly yaml: string;
  /** Every key. */
  readonly keys: Readonly<Record<string, unknown>>;
}

export class TensorBoardSink implements MetricSink {
  readonly #out: Appendable;
  readonly #names: MetricNames;
  #clock: () => number;

  /** `out`: empty for a new file. `clock`: seconds since 1970, for TensorBoard's wall time axis. */
  constructor(
    out: Appendable,
    clock: () => number,
    names: MetricNames = 'maddpg',
    configuration?: RunConfiguration,
  ) {
    this.#out = out;
    this.#names = names;
    this.#clock = clock;
    if (this.#out.length > 0) return;
    this.#append(double(1, clock()), text(3, 'brain.Event:2'));
    if (configuration === undefined) return;
    this.#summarise(0, [hparams(configuration.keys)]);
    this.configured(0, configuration.yaml);
  }

  get length(): number {
    return this.#out.length;
  }

  /** For records that are written from now on. */
  useClock(clock: () => number): void {
    this.#clock = clock;
  }

  write(record: MetricRecord): void {
    const nameOf = this.#names === 'cleanrl' ? cleanRlName : (key: string) => key;
    const scalars = Object.entries(record).filter(([key]) => key !== 'step' && key !== 'wall_s');
    this.#summarise(
      record.step,
      scalars.map(([key, value]) => scalar(nameOf(key), value)),
    );
  }

  /** Shows the configuration from `step` on as a text. */
  configured(step: number, yaml: string): void {
    this.#summarise(step, [markdown('config', `\`\`\`yaml\n${yaml}\`\`\`\n`)]);
  }

  /** Histograms of tensors, which must be finite. */
  weights(step: number, tensors: TensorMap): void {
    this.#summarise(
      step,
      [...tensors].map(([name, { data }]) => histogram(`weights/${name}`, data)),
    );
  }

  get descriptor(): number | undefined {
    return this.#out.descriptor;
  }

  close(): void {
    this.#out.close();
  }

  #summarise(step: number, values: readonly Uint8Array[]): void {
    this.#append(double(1, this.#clock()), integer(2, step), message(5, ...values));
  }

  #append(...fields: readonly Uint8Array[]): void {
    this.#out.append(encodeTfRecord(concatenated(fields)));
  }
}

/** A TFRecord: length as u64, its masked CRC, data, its masked CRC; little-endian. */
function encodeTfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}
