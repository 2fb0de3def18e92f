/** Records as a table of comma-separated values: metrics.csv. */
import type { MetricRecord } from './sink.ts';

/** All columns, in order of first appearance. */
export function columnsOf(records: readonly MetricRecord[]): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))];
}

/** The whole table; nothing without records. */
export function tableOf(records: readonly MetricRecord[]): string {
  const columns = columnsOf(records);
  const header = records.length === 0 ? '' : headerOf(columns);
  return header + records.map((record) => rowOf(columns, record)).join('');
}

export function headerOf(columns: readonly string[]): string {
  return `${columns.map(csvCell).join(',')}\n`;
}

export function rowOf(columns: readonly string[], record: MetricRecord): string {
  return `${columns.map((key) => (key in record ? String(record[key]) : '')).join(',')}\n`;
}

/** RFC 4180: a cell with a comma, quote or line break is quoted, with its quotes doubled. */
export function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
