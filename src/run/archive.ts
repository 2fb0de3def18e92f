/**
 * A run directory as a zip of one folder, without compression. Whoever reads one may have it from a stranger: everything is
 * checked before any of it is used, and nothing in it is larger than the zip. Pages make and read them (memory-run.ts);
 * unpack.ts writes one to disk.
 *
 * Read here rather than by fflate, which tells neither of links nor of two entries with one name.
 */
import { zipSync } from 'fflate';
import { mostBytes } from '../checkpoint/manifest-format.ts';
import { shortened } from '../core/described.ts';
import { UserError } from '../core/user-error.ts';

/** Files by path below the run, with / between folders. */
export type RunFiles = ReadonlyMap<string, Uint8Array>;

export interface RunArchive {
  /** Of the run: its folder in the zip. */
  readonly name: string;
  readonly files: RunFiles;
}

/** Entries of a run have no times, so that equal runs are equal zips. */
const NO_TIME = new Date(1980, 0, 1);

export function packRun({ name, files }: RunArchive): Uint8Array {
  const entries = [...files].map(([path, bytes]) => [`${name}/${path}`, bytes] as const);
  return zipSync(Object.fromEntries(entries), { level: 0, mtime: NO_TIME });
}

const MOST_ENTRIES = 10_000;
const DEEPEST = 8;

/** Names that every file system takes as they are: not hidden, without separators, colons and control characters. */
// eslint-disable-next-line no-control-regex -- the pattern rejects control characters
const PART = /^(?![. ])[^/\\:\u0000-\u001f\u007f]{1,200}(?<![. ])$/u;

/** The run in a zip; `where` names it in messages. Files are views of `bytes`. Throws UserError unless it is sound. */
export function readArchive(bytes: Uint8Array, where: string): RunArchive {
  const fault = (expected: string, got: string): UserError =>
    new UserError(`${where}: expected ${expected}, got ${got}`);
  const files = new Map<string, Uint8Array>();
  const taken = new Set<string>();
  const folders = new Set<string>();
  let used = 0;
  let top: string | undefined;
  for (const entry of entriesOf(bytes, fault)) {
    const shown = JSON.stringify(shortened(entry.name));
    const [first, ...below] = entry.name.replace(/\/$/, '').split('/') as [string, ...string[]];
    if (![first, ...below].every((part) => PART.test(part)) || below.length >= DEEPEST)
      throw fault('plain names inside one folder', shown);
    if (first !== (top ??= first)) throw fault(`everything inside the folder ${shortened(top)}`, shown);
    if (entry.isLink) throw fault('files and folders only', `a link or device, ${shown}`);
    if (entry.name.endsWith('/')) continue;
    if (below.length === 0) throw fault('the folder of a run', `a file, ${shown}`);
    // Some file systems ignore case.
    const parts = below.map((part) => part.toLowerCase());
    const path = parts.join('/');
    if (taken.has(path) || folders.has(path)) throw fault('every name once', `${shown} again`);
    taken.add(path);
    for (let k = 1; k < parts.length; k++) {
      const folder = parts.slice(0, k).join('/');
      if (taken.has(folder)) throw fault('every name once', `a file and a folder ${JSON.stringify(folder)}`);
      folders.add(folder);
    }
    if (entry.packed) throw fault('a zip without compression', `one that packs ${shown}; unpack it yourself`);
    const most = mostBytes(below.at(-1)!, { bytes: entry.size, sha256: '' });
    if (entry.size > most) throw fault(`${shown} of at most ${most} bytes`, String(entry.size));
    used += entry.size;
    const content = contentOf(bytes, entry);
    if (content === undefined || used > bytes.length || crc32(content) !== entry.crc)
      throw fault('a whole zip', `one in which ${shown} is damaged`);
    files.set(below.join('/'), content);
  }
  if (top === undefined || files.size === 0) throw fault('the folder of a run', 'an empty zip');
  return { name: top, files };
}

/** An entry as the zip's directory lists it. */
interface Entry {
  readonly name: string;
  readonly rawName: Uint8Array;
  readonly size: number;
  readonly crc: number;
  /** Compressed or encrypted. */
  readonly packed: boolean;
  /** Anything but a file or a folder. */
  readonly isLink: boolean;
  /** Of its header. */
  readonly at: number;
}

type Fault = (expected: string, got: string) => UserError;

const END = { signature: 0x06054b50, bytes: 22 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const LOCAL = { signature: 0x04034b50, bytes: 30 };
const LONGEST_COMMENT = 65535;

function entriesOf(bytes: Uint8Array, fault: Fault): Entry[] {
  const view = viewOf(bytes);
  let end = bytes.length - END.bytes;
  const first = Math.max(0, end - LONGEST_COMMENT);
  const isEnd = (at: number): boolean =>
    view.getUint32(at, true) === END.signature &&
    at + END.bytes + view.getUint16(at + 20, true) === bytes.length;
  while (end >= first && !isEnd(end)) end -= 1;
  if (end < first) throw fault('a whole zip of a run', 'something else');
  const count = view.getUint16(end + 10, true);
  if (count > MOST_ENTRIES) throw fault(`at most ${MOST_ENTRIES} files`, String(count));
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const entries: Entry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let k = 0; k < count; k++) {
    const damaged = fault('a whole zip', 'one whose list of files is damaged');
    if (at + CENTRAL.bytes > end || view.getUint32(at, true) !== CENTRAL.signature) throw damaged;
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const next = at + CENTRAL.bytes + nameLength! + extra! + comment!;
    if (next > end) throw damaged;
    const rawName = bytes.subarray(at + CENTRAL.bytes, at + CENTRAL.bytes + nameLength!);
    let name: string;
    try {
      name = decoder.decode(rawName);
    } catch (error) {
      throw new UserError(fault('names in UTF-8', 'others').message, { cause: error });
    }
    // Unix keeps the type of a file in the top bits; DOS leaves them 0.
    const type = (view.getUint32(at + 38, true) >>> 28) & 15;
    const size = view.getUint32(at + 24, true);
    const encrypted = (view.getUint16(at + 8, true) & 1) === 1;
    entries.push({
      ...{ name, rawName, size, crc: view.getUint32(at + 16, true), at: view.getUint32(at + 42, true) },
      packed: encrypted || view.getUint16(at + 10, true) !== 0 || view.getUint32(at + 20, true) !== size,
      isLink: ![0, 8, ...(name.endsWith('/') ? [4] : [])].includes(type),
    });
    at = next;
  }
  if (at !== end) throw fault('a whole zip', 'one whose list of files is damaged');
  return entries;
}

/** What an entry holds; undefined if its header does not fit the list. */
function contentOf(bytes: Uint8Array, { at, rawName, size }: Entry): Uint8Array | undefined {
  const view = viewOf(bytes);
  if (at + LOCAL.bytes > bytes.length || view.getUint32(at, true) !== LOCAL.signature) return undefined;
  const nameLength = view.getUint16(at + 26, true);
  const start = at + LOCAL.bytes;
  const own = bytes.subarray(start, start + nameLength);
  if (own.length !== rawName.length || own.some((byte, k) => byte !== rawName[k])) return undefined;
  if (view.getUint16(at + 8, true) !== 0) return undefined;
  const from = start + nameLength + view.getUint16(at + 28, true);
  return from + size <= bytes.length ? bytes.subarray(from, from + size) : undefined;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Remainders of all bytes, for the polynomial of zip, bits reversed. */
const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC[(crc ^ byte) & 255]!;
  return ~crc >>> 0;
}
