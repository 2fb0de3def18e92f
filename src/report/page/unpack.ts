/** Reads what packing.ts packed. */
import type { PackedHead, ReportData } from '../run.ts';

export interface Unpacked extends ReportData {
  /** Only every n-th record is in the page. */
  readonly every: number;
}

export async function unpack(packed: string): Promise<Unpacked> {
  const buffer = await inflate(packed).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as PackedHead;
  const next = numbers(new Uint8Array(buffer, 4 + length), head);
  const runs = head.runs.map(({ records, metrics, ...run }) => ({
    ...run,
    metrics: Object.fromEntries(metrics.map((name) => [name, next(records)])),
  }));
  return { runs, baselines: head.baselines, every: head.every };
}

/** What was deflated and written in base64. */
export function inflate(packed: string): Response {
  const text = atob(packed);
  const compressed = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) compressed[k] = text.charCodeAt(k);
  return new Response(new Blob([compressed]).stream().pipeThrough(new DecompressionStream('deflate-raw')));
}

/** A reader of the next `count` numbers. Browsers are little-endian: the most significant byte is the last. */
function numbers(planes: Uint8Array, { bytes, runs }: PackedHead): (count: number) => Float64Array {
  const total = runs.reduce((sum, { records, metrics }) => sum + records * metrics.length, 0);
  let start = 0;
  return (count) => {
    const out = new Float64Array(count);
    const target = new Uint8Array(out.buffer);
    for (let byte = 0; byte < bytes; byte++)
      for (let k = 0; k < count; k++) target[8 * k + 7 - byte] = planes[byte * total + start + k]!;
    start += count;
    return out;
  };
}
