/** metrics.jsonl: one record per line (records.ts). */
import { constants } from 'node:buffer';
import { kindOf, readRegularFile, reasonOf } from '../core/regular-file.ts';
import { UserError } from '../core/user-error.ts';
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

/** Largest file that is read, in bytes: what fits into one string. */
const LARGEST = constants.MAX_STRING_LENGTH;

/**
 * All whole records of a file, which need not exist yet, and how many lines hold none. Throws UserError if the file cannot be
 * read.
 */
export function readRecords(file: string): ReturnType<typeof recordsIn> {
  try {
    if (kindOf(file) === undefined) return recordsIn('');
    return recordsIn(new TextDecoder().decode(readRegularFile(file, LARGEST)));
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new UserError(`${file}: expected the metrics of a run, got ${reason}`, { cause: error });
  }
}
