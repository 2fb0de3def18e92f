/** metrics.jsonl: one record per line (records.ts). */
import { existsSync, readFileSync } from 'node:fs';
import { AppendFile } from './append-file.ts';
import { encodeRecord, recordsIn } from './records.ts';
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

/** All whole records of a file, which need not exist yet, and how many lines hold none. */
export function readRecords(file: string): ReturnType<typeof recordsIn> {
  return recordsIn(existsSync(file) ? readFileSync(file, 'utf8') : '');
}
