/**
 * metrics.jsonl: one record per line. JSON lacks NaN and infinities, so they are written as the strings "NaN",
 * "Infinity" and "-Infinity", which JavaScript's Number() and Python's float() convert back. (null would lose the
 * distinction.)
 */
import * as fs from 'node:fs';
import { UserError } from '../core/user-error.ts';
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

  flush(): void {
    this.#out.flush();
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

/** All records of a metrics.jsonl. Throws UserError that names the first malformed line. */
export function readRecords(path: string): MetricRecord[] {
  const lines = fs.readFileSync(path, 'utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, i) => decodeRecord(line, `${path}:${i + 1}`));
}

function decodeRecord(line: string, where: string): MetricRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line, (_key, value: unknown) =>
      value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : value,
    );
  } catch {
    parsed = undefined;
  }
  if (!isRecord(parsed)) {
    throw new UserError(
      `${where}: expected a record with step, wall_s and numbers, got ${line.slice(0, 80)}`,
    );
  }
  return parsed;
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
