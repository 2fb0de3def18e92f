/**
 * Zips whose entries are stored without compression. They are read although a stranger may have made them: not by fflate, which
 * tells neither of links nor of two entries with one name. What names and sizes may be is for the caller to say
 * (run/archive.ts, import/torch-file.ts).
 */
import { zipSync } from 'fflate';
import { UserError } from './user-error.ts';

/** The earliest time that zips know. */
const NO_TIME = new Date(1980, 0, 1);

/** A zip of these files by path. Equal files give equal bytes: it records no time. */
export function storedZip(files: Iterable<readonly [path: string, content: Uint8Array]>): Uint8Array {
  return zipSync(Object.fromEntries(files), { level: 0, mtime: NO_TIME });
}

const MOST_ENTRIES = 10_000;

/** An entry as the zip's directory lists it. */
export interface ZipEntry {
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

/** Makes an error from what was expected and what there is. */
export type Fault = (expected: string, got: string) => UserError;

const END = { signature: 0x06054b50, bytes: 22 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const LOCAL = { signature: 0x04034b50, bytes: 30 };
const ZIP64_END = { signature: 0x06064b50, bytes: 56 };
const ZIP64_LOCATOR = { signature: 0x07064b50, bytes: 20 };
const LONGEST_COMMENT = 65535;

/** The entries of a zip, as its directory lists them; `what` the zip is, for messages. Throws a fault unless it is sound. */
export function entriesOf(bytes: Uint8Array, what: string, fault: Fault): ZipEntry[] {
  const view = viewOf(bytes);
  let end = bytes.length - END.bytes;
  const first = Math.max(0, end - LONGEST_COMMENT);
  const isEnd = (at: number): boolean =>
    view.getUint32(at, true) === END.signature &&
    at + END.bytes + view.getUint16(at + 20, true) === bytes.length;
  while (end >= first && !isEnd(end)) end -= 1;
  if (end < first) throw fault(what, 'something else');
  const count = view.getUint16(end + 10, true);
  if (count > MOST_ENTRIES) throw fault(`at most ${MOST_ENTRIES} files`, String(count));
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const entries: ZipEntry[] = [];
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
  if (at !== end && !isZip64End(view, at, end))
    throw fault('a whole zip', 'one whose list of files is damaged');
  return entries;
}

/** Whether the end for large zips is between list and end, as PyTorch writes it for all. Its numbers are not needed. */
function isZip64End(view: DataView, at: number, end: number): boolean {
  return (
    at + ZIP64_END.bytes + ZIP64_LOCATOR.bytes === end &&
    view.getUint32(at, true) === ZIP64_END.signature &&
    view.getUint32(at + ZIP64_END.bytes, true) === ZIP64_LOCATOR.signature
  );
}

/** What an entry holds, a view of `bytes`; undefined if it is damaged. */
export function contentOf(bytes: Uint8Array, { at, rawName, size, crc }: ZipEntry): Uint8Array | undefined {
  const view = viewOf(bytes);
  if (at + LOCAL.bytes > bytes.length || view.getUint32(at, true) !== LOCAL.signature) return undefined;
  const nameLength = view.getUint16(at + 26, true);
  const start = at + LOCAL.bytes;
  const own = bytes.subarray(start, start + nameLength);
  if (own.length !== rawName.length || own.some((byte, k) => byte !== rawName[k])) return undefined;
  if (view.getUint16(at + 8, true) !== 0) return undefined;
  const from = start + nameLength + view.getUint16(at + 28, true);
  const content = from + size <= bytes.length ? bytes.subarray(from, from + size) : undefined;
  return content && crc32(content) === crc ? content : undefined;
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

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC[(crc ^ byte) & 255]!;
  return ~crc >>> 0;
}
