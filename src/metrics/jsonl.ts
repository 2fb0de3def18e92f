/**
 * metrics.jsonl: one record per line. JSON lacks NaN and infinities, so they are written as the strings "NaN",
 * "Infinity" and "-Infinity", which JavaScript's Number() and Python's float() convert back. (null would lose the
 * distinction.)
 */
import { existsSync, readFileSync } from 'node:fs';
import { AppendFile } from './append-file.ts';
import type { MetricRecord, MetricSink } from './sink.ts';

export class JsonlSink implements MetricSink {
  readonly #out: AppendFile;

  constructor(path: string, resumeLength: number | null) {
    this.#out = new AppendFile(path, resumeLength);
  }

  get length(): number {
    return this.#out.length;
  }

  write(record: MetricRecord): void {
    this.#out.append(`${encodeRecord(record)}\n`);
  }

  get descriptor(): number {
    return this.#out.descriptor;
  }

  close(): void {
    this.#out.close();
  }
}

function encodeRecord(record: MetricRecord): string {
  return JSON.stringify(record, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

/** All whole records of a file, which need not exist yet, and how many lines hold none. */
export function readRecords(file: string): ReturnType<typeof recordsIn> {
  return recordsIn(existsSync(file) ? readFileSync(file, 'utf8') : '');
}

/** All whole records of a file's text, and how many lines hold none. The last line may still be under way. */
export function recordsIn(text: string): {
  readonly records: readonly MetricRecord[];
  readonly damaged: number;
} {
  const decoded = text.split('\n').slice(0, -1).map(decodeRecord);
  const records = decoded.filter((record) => record !== undefined);
  return { records, damaged: decoded.length - records.length };
}

/** The record in a line; undefined if it holds none. */
export function decodeRecord(line: string): MetricRecord | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line, (_key, value: unknown) =>
      value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : value,
    );
  } catch {
    return undefined;
  }
  return isRecord(parsed) ? parsed : undefined;
}

function isRecord(value: unknown): value is MetricRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'step' in value &&
    'wall_s' in value &&
    Object.values(value).every((number) => typeof number === 'number')
  );
}
