/**
 * Metric files that do not fit the checkpoint a run resumes from: missing, cut or overwritten. A run is worth more than
 * its curves, so the damaged file is set aside and the readable records are kept.
 */
import * as fs from 'node:fs';
import { kindOf } from '../core/regular-file.ts';
import { rename } from '../core/rename.ts';
import { decodeRecord } from './records.ts';
import type { MetricRecord } from './sink.ts';

/** Records of a metrics.jsonl up to a checkpoint. */
export interface Recovered {
  readonly records: readonly MetricRecord[];
  /** What is wrong with the file; undefined if it is as it was at the checkpoint. */
  readonly damage: string | undefined;
}

/** Reads the first `length` bytes of a metrics.jsonl, or as many whole records as there are. */
export function recoverRecords(path: string, length: number): Recovered {
  // Anything else has no bytes; reading a pipe would wait for a writer.
  const bytes = kindOf(path) === 'file' ? fs.readFileSync(path) : new Uint8Array(0);
  const records: MetricRecord[] = [];
  const lines = new TextDecoder().decode(bytes.subarray(0, length)).split('\n');
  const rest = lines.pop()!;
  for (const [k, line] of lines.entries()) {
    const record = decodeRecord(line);
    if (record === undefined)
      return {
        records,
        damage: `expected a record with step, wall_s and numbers in line ${k + 1}, got something else`,
      };
    records.push(record);
  }
  const whole = bytes.length >= length && rest === '';
  const damage = whole
    ? undefined
    : `expected the ${length} bytes it had at the checkpoint, got ${bytes.length}`;
  return { records, damage };
}

/** Renames a file to `<name>.damaged`, or the first free of `.damaged-2`, ...; undefined if it does not exist. */
export function setAside(path: string): string | undefined {
  if (!fs.existsSync(path)) return undefined;
  for (let n = 1; ; n++) {
    const aside = `${path}.damaged${n === 1 ? '' : `-${n}`}`;
    if (fs.existsSync(aside)) continue;
    rename(path, aside);
    return aside;
  }
}
