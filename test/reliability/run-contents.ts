/** Contents of a run directory that two runs of the same configuration and seed must share, and their first difference. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect } from 'vitest';
import { maskedCrc32c } from '../../src/metrics/crc32c.ts';

/** Path below the run, with / between folders and after each, and the bytes of a file. */
export type RunContents = ReadonlyMap<string, Buffer>;

/** What depends on the clock: removed before runs are compared. By file name. */
const COMPARED: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'state.json': (bytes) => withoutKeys(bytes, 'wall_s', 'metric_bytes'),
  // The files themselves are compared, but for the hash of state.json.
  'manifest.json': (bytes) => {
    const { files, ...rest } = JSON.parse(bytes.toString()) as { files: object };
    return Buffer.from(JSON.stringify({ ...rest, files: Object.keys(files) }, null, 1));
  },
  'metrics.jsonl': (bytes) => {
    const lines = bytes.toString().split('\n');
    return Buffer.from(lines.map((line) => (line === '' ? '' : JSON.stringify(untimed(line)))).join('\n'));
  },
  'metrics.csv': (bytes) => {
    const rows = bytes
      .toString()
      .split('\n')
      .map((line) => line.split(','));
    const kept = rows[0]!.map((name) => !isTime(name));
    return Buffer.from(rows.map((row) => row.filter((_, k) => kept[k] !== false).join(',')).join('\n'));
  },
  'events.out.tfevents.0.maddpg': untimedEvents,
  // Names the processes that wrote it.
  'log.jsonl': () => Buffer.alloc(0),
};

function isTime(name: string): boolean {
  return name === 'wall_s' || name.startsWith('speed/');
}

function untimed(line: string): Record<string, unknown> {
  const record = Object.entries(JSON.parse(line) as Record<string, unknown>);
  return Object.fromEntries(record.filter(([name]) => !isTime(name)));
}

function withoutKeys(bytes: Buffer, ...keys: string[]): Buffer {
  const entries = Object.entries(JSON.parse(bytes.toString()) as Record<string, unknown>);
  return Buffer.from(
    JSON.stringify(Object.fromEntries(entries.filter(([key]) => !keys.includes(key))), null, 1),
  );
}

/** TFRecords without checksums, which must hold, nor wall time and speeds. */
function untimedEvents(bytes: Buffer): Buffer {
  const events: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc32c(data));
    // Field 1 is the wall time, 9 bytes. A value is a float32 after its key, 5 bytes.
    events.push(data.toString('latin1', 9).replace(/(speed\/\w+)[^]{5}/g, '$1'));
    at += 16 + length;
  }
  return Buffer.from(events.join('\n'), 'latin1');
}

/** Reads a run. Hidden files and the lock are none of its contents. */
export function contentsOf(run: string): RunContents {
  const names = fs
    .readdirSync(run, { recursive: true, encoding: 'utf8' })
    .map((name) => name.split(path.sep));
  const contents = names
    .filter((parts) => !parts.some((part) => part.startsWith('.') || part === 'run.lock'))
    .map((parts): [string, Buffer] => {
      const file = path.join(run, ...parts);
      if (fs.statSync(file).isDirectory()) return [`${parts.join('/')}/`, Buffer.alloc(0)];
      const bytes = fs.readFileSync(file);
      return [parts.join('/'), (COMPARED[parts.at(-1)!] ?? ((all) => all))(bytes)];
    });
  return new Map(contents.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The first difference of a run from its reference in one line; undefined if there is none. */
export function firstDifference(got: RunContents, expected: RunContents): string | undefined {
  const missing = [...expected.keys()].filter((name) => !got.has(name));
  const extra = [...got.keys()].filter((name) => !expected.has(name));
  if (missing.length + extra.length > 0)
    return `expected the reference's files, got ${missing
      .map((name) => `no ${name}`)
      .concat(extra)
      .join(', ')}`;
  for (const [name, bytes] of expected) {
    const other = got.get(name)!;
    if (bytes.equals(other)) continue;
    const at = bytes.findIndex((byte, k) => byte !== other[k]);
    const offset = at === -1 ? bytes.length : at;
    return (
      `${name}, at byte ${offset} (without times): expected ${excerpt(bytes, offset)} of ${bytes.length} bytes, ` +
      `got ${excerpt(other, offset)} of ${other.length}`
    );
  }
  return undefined;
}

function excerpt(bytes: Buffer, at: number): string {
  const part = bytes.subarray(Math.max(0, at - 30), at + 30);
  return part.every((byte) => byte === 10 || (byte >= 32 && byte < 127))
    ? JSON.stringify(part.toString())
    : bytes.subarray(at, at + 8).toString('hex');
}
