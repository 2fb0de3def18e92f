/**
 * metrics.csv: the records of metrics.jsonl as one table, for spreadsheets and data frames. A column for each
 * key in the order of first appearance; a cell is empty where a record lacks the key, and NaN, Infinity or
 * -Infinity where the number is. When a record brings a new key, the file is written anew beside itself with
 * the wider header and renamed, so it is one valid table at every instant; that happens a few times a run.
 *
 * Since a wider table has other bytes, its length cannot be cut back: a resumed run builds it from the records.
 */
import * as fs from 'node:fs';
import { AppendFile } from './append-file.ts';
import type { MetricRecord, MetricSink } from './sink.ts';

export class CsvSink implements MetricSink {
  readonly #path: string;
  #out: AppendFile;
  #columns: readonly string[] = [];

  /** Creates the file, which must not exist yet, or with `records` replaces it by their table. */
  constructor(path: string, records: readonly MetricRecord[] | null) {
    this.#path = path;
    if (records === null) {
      this.#out = new AppendFile(path, null);
      return;
    }
    this.#columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
    const header = records.length === 0 ? '' : headerOf(this.#columns);
    this.#out = replaceFile(path, header + records.map((record) => rowOf(this.#columns, record)).join(''));
  }

  get length(): number {
    return this.#out.length;
  }

  write(record: MetricRecord): void {
    const added = Object.keys(record).filter((key) => !this.#columns.includes(key));
    if (added.length > 0) this.#widen(added);
    this.#out.append(rowOf(this.#columns, record));
  }

  flush(): void {
    this.#out.flush();
  }

  close(): void {
    this.#out.close();
  }

  #widen(added: readonly string[]): void {
    // Rows hold numbers and commas only, so a line is a row and the new cells go to its end.
    const rows = this.#out.read().slice(this.#columns.length === 0 ? 0 : headerOf(this.#columns).length);
    const columns = [...this.#columns, ...added];
    const wider = rows.replaceAll('\n', `${','.repeat(added.length)}\n`);
    const old = this.#out;
    this.#out = replaceFile(this.#path, headerOf(columns) + wider);
    this.#columns = columns;
    old.close();
  }
}

/** Puts a whole file in the place of another, or none, in one step. */
function replaceFile(path: string, content: string): AppendFile {
  const temporary = `${path}.tmp`;
  const out = new AppendFile(temporary, 0);
  out.append(content);
  out.flush();
  fs.renameSync(temporary, path);
  return out;
}

function headerOf(columns: readonly string[]): string {
  return `${columns.map(quoted).join(',')}\n`;
}

function rowOf(columns: readonly string[], record: MetricRecord): string {
  return `${columns.map((key) => (key in record ? String(record[key]) : '')).join(',')}\n`;
}

/** RFC 4180: a cell with a comma, a quote or a line break stands in quotes, and its quotes are doubled. */
function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
