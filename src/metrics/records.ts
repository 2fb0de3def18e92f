/**
 * Records as text, one per line, as in metrics.jsonl. JSON lacks NaN and infinities, so they are written as the strings "NaN",
 * "Infinity" and "-Infinity", which JavaScript's Number() and Python's float() convert back. (null would lose the
 * distinction.)
 */
import type { MetricRecord } from './sink.ts';

/** One line, without its end. */
export function encodeRecord(record: MetricRecord): string {
  return JSON.stringify(record, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
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
