/**
 * TensorBoard's events file, scalar summaries only: TFRecords that each hold an Event message in protocol buffer
 * encoding. Small enough not to need a library.
 *
 * Event:   1 wall_time double, 2 step int64, 3 file_version string, 5 summary Summary
 * Summary: 1 value Summary.Value (repeated);  Value: 1 tag string, 2 simple_value float
 * (tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto)
 */
import { AppendFile } from './append-file.ts';
import { maskedCrc32c } from './crc32c.ts';
import type { MetricRecord, MetricSink } from './sink.ts';

export class TensorBoardSink implements MetricSink {
  readonly #out: AppendFile;
  #clock: () => number;

  /** `clock`: seconds since 1970, for TensorBoard's wall time axis. */
  constructor(path: string, resumeLength: number | null, clock: () => number) {
    this.#out = new AppendFile(path, resumeLength);
    this.#clock = clock;
    if (this.#out.length === 0) {
      this.#append([...double(1, clock()), ...text(3, 'brain.Event:2')]);
    }
  }

  get length(): number {
    return this.#out.length;
  }

  /** For records that are written from now on. */
  useClock(clock: () => number): void {
    this.#clock = clock;
  }

  write(record: MetricRecord): void {
    const scalars = Object.entries(record).filter(([key]) => key !== 'step' && key !== 'wall_s');
    const values = scalars.map(([key, value]) => bytes(1, [...text(1, key), ...float(2, value)]));
    this.#append([...double(1, this.#clock()), ...integer(2, record.step), ...bytes(5, values.flat())]);
  }

  get descriptor(): number {
    return this.#out.descriptor;
  }

  close(): void {
    this.#out.close();
  }

  #append(event: readonly number[]): void {
    this.#out.append(encodeTfRecord(Uint8Array.from(event)));
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

// Protocol buffer fields: a key (field number and wire type), then the value.
const varintType = 0;
const fixed64Type = 1;
const lengthType = 2;
const fixed32Type = 5;

/** Seven bits per byte, lowest first. Uses division because steps may exceed 32 bits. */
function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
  out.push(rest);
  return out;
}

function key(field: number, type: number): number[] {
  return varint(field * 8 + type);
}

function integer(field: number, value: number): number[] {
  return [...key(field, varintType), ...varint(value)];
}

function double(field: number, value: number): number[] {
  return [...key(field, fixed64Type), ...new Uint8Array(Float64Array.of(value).buffer)];
}

function float(field: number, value: number): number[] {
  return [...key(field, fixed32Type), ...new Uint8Array(Float32Array.of(value).buffer)];
}

function bytes(field: number, content: readonly number[]): number[] {
  return [...key(field, lengthType), ...varint(content.length), ...content];
}

function text(field: number, content: string): number[] {
  return bytes(field, [...new TextEncoder().encode(content)]);
}
