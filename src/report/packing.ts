/**
 * A report's data as the page holds it: compressed, in base64. Numbers are stored by the significance of their bytes, since
 * equal bytes side by side compress. Numbers are exact where that fits, else rounded to 20 bits (six digits), and then
 * every other record is left out, until it fits. page/unpack.ts reads it.
 */
import { deflateRawSync } from 'node:zlib';
import type { PackedHead, ReportData, Run } from './run.ts';

/** Of the base64 text, in bytes; style, script and tables take some 100 kB more. */
const BUDGET = 2_800_000;
const EXACT = 8;
const ROUNDED = 4;

/** The head's length (uint32, little-endian), the head as JSON, and the planes of bytes: deflated, in base64. */
export function pack({ runs, baselines }: ReportData, budget = BUDGET): string {
  let packed = packWith({ runs, baselines }, EXACT, 1);
  for (let every = 1; packed.length > budget; every *= 2) {
    packed = packWith({ runs, baselines }, ROUNDED, every);
    if (runs.every(({ metrics }) => metrics['step']!.length <= every)) break;
  }
  return packed;
}

function packWith({ runs, baselines }: ReportData, bytes: number, every: number): string {
  const kept = runs.map((run) => ({ ...run, metrics: everyNth(run.metrics, every) }));
  const head: PackedHead = {
    runs: kept.map(({ name, path, keys, metrics }) => ({
      ...{ name, path, keys, metrics: Object.keys(metrics) },
      records: metrics['step']!.length,
    })),
    ...{ baselines, bytes, every },
  };
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const columns = kept.flatMap(({ metrics }) => Object.values(metrics));
  return deflateRawSync(Buffer.concat([length, text, planes(columns, bytes)]), { level: 9 }).toString(
    'base64',
  );
}

/** Every n-th record, the last among them. */
function everyNth(metrics: Run['metrics'], every: number): Run['metrics'] {
  if (every === 1) return metrics;
  return Object.fromEntries(
    Object.entries(metrics).map(([name, column]) => [
      name,
      column.filter((_, k) => (column.length - 1 - k) % every === 0),
    ]),
  );
}

/** First the most significant byte of all numbers, then the second, ... */
function planes(columns: readonly Float64Array[], bytes: number): Uint8Array {
  const total = columns.reduce((sum, { length }) => sum + length, 0);
  const out = new Uint8Array(total * bytes);
  const one = new DataView(new ArrayBuffer(8));
  let k = 0;
  for (const column of columns)
    for (const number of column) {
      one.setFloat64(0, number);
      // Rounds to nearest: a carry into the exponent is right, too.
      if (bytes === ROUNDED && Number.isFinite(number))
        one.setUint32(0, one.getUint32(0) + (one.getUint32(4) >>> 31));
      for (let byte = 0; byte < bytes; byte++) out[byte * total + k] = one.getUint8(byte);
      k += 1;
    }
  return out;
}
