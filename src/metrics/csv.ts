/**
 * metrics.csv: the records of metrics.jsonl as a table, for spreadsheets and data frames. One column per key, in
 * order of first appearance. Missing values are empty cells; NaN, Infinity and -Infinity are written as such. A new
 * key, which occurs a few times per run, widens the table: it is rewritten to a temporary file and renamed, so the
 * file is a valid table at all times.
 *
 * Widening changes earlier bytes, so a resumed run cannot truncate the file; it rebuilds it from the records.
 */
import { rename } from '../core/rename.ts';
import { AppendFile } from './append-file.ts';
import { columnsOf, headerOf, rowOf, tableOf } from './csv-table.ts';
import type { MetricRecord, MetricSink } from './sink.ts';

export class CsvSink implements MetricSink {
  readonly #path: string;
  #out: AppendFile;
  #columns: readonly string[] = [];

  /** Creates a new file, which must not exist, or, given `records`, replaces it with their table. */
  constructor(path: string, records: readonly MetricRecord[] | null) {
    this.#path = path;
    if (records === null) {
      this.#out = new AppendFile(path, null);
      return;
    }
    this.#columns = columnsOf(records);
    this.#out = written(temporaryOf(path), tableOf(records));
    rename(temporaryOf(path), path);
  }

  get length(): number {
    return this.#out.length;
  }

  write(record: MetricRecord): void {
    const added = Object.keys(record).filter((key) => !this.#columns.includes(key));
    if (added.length > 0) this.#widen(added);
    this.#out.append(rowOf(this.#columns, record));
  }

  close(): void {
    this.#out.close();
  }

  #widen(added: readonly string[]): void {
    // Rows contain only numbers and commas, so every line is a row and can be extended at its end.
    const rows = this.#out.read().slice(this.#columns.length === 0 ? 0 : headerOf(this.#columns).length);
    const columns = [...this.#columns, ...added];
    const wider = rows.replaceAll('\n', `${','.repeat(added.length)}\n`);
    const out = written(temporaryOf(this.#path), headerOf(columns) + wider);
    // Windows replaces no file that is open.
    this.#out.close();
    this.#out = out;
    this.#columns = columns;
    rename(temporaryOf(this.#path), this.#path);
  }
}

function temporaryOf(path: string): string {
  return `${path}.tmp`;
}

/** A file with this content, to be renamed: so it replaces another one whole. */
function written(path: string, content: string): AppendFile {
  const out = new AppendFile(path, 0);
  out.append(content);
  out.flush();
  return out;
}
