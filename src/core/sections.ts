/**
 * Sections: named typed arrays serialised into one block of bytes, the checkpoint format of replay buffers,
 * environments and random streams. Equal sections give equal bytes. (Weights are safetensors, for interoperability.)
 * Little-endian, like all supported machines.
 *
 * Layout: 8 bytes `maddpg-1`, the header's length as u32, the header (JSON: `[name, type, length]` per section), then
 * each section's elements in that order. Sections start at multiples of 8 bytes, with zeros in the gaps, so that typed
 * arrays can view them in place.
 */
import { described, shortened } from './described.ts';
import { UserError } from './user-error.ts';

const types = {
  u8: Uint8Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;
type TypeName = keyof typeof types;

export type SectionData = Uint8Array | Int32Array | Uint32Array | Float32Array | Float64Array;

const magic = 'maddpg-1';
const headerStart = 12;
/** Longest header that is read, in bytes. Ours have a few hundred. */
const longestHeader = 1e6;
const aligned = (n: number): number => Math.ceil(n / 8) * 8;

const typeNames = Object.keys(types) as TypeName[];

function typeNameOf(data: SectionData): TypeName {
  return typeNames.find((name) => data instanceof types[name])!;
}

/**
 * Packs the sections, in the record's order, into pieces to be written consecutively. The pieces are views of the
 * arrays, not copies: write them before the arrays change.
 */
export function sectionPieces(sections: Readonly<Record<string, SectionData>>): Uint8Array[] {
  const entries = Object.entries(sections);
  const index = entries.map(([name, data]) => [name, typeNameOf(data), data.length]);
  const header = new TextEncoder().encode(JSON.stringify(index));
  const start = new Uint8Array(aligned(headerStart + header.length));
  start.set(new TextEncoder().encode(magic));
  new DataView(start.buffer).setUint32(magic.length, header.length, true);
  start.set(header, headerStart);
  return [
    start,
    ...entries.flatMap(([, data]) => [
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      new Uint8Array(aligned(data.byteLength) - data.byteLength),
    ]),
  ];
}

/** Packs the sections, in the record's order, into one block. */
export function encodeSections(sections: Readonly<Record<string, SectionData>>): Uint8Array {
  const pieces = sectionPieces(sections);
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** What every element of a section must be. */
export interface Rule {
  readonly expected: string;
  readonly holds: (value: number) => boolean;
}

const ANY: Rule = { expected: 'numbers', holds: () => true };
export const FINITE: Rule = { expected: 'finite numbers', holds: Number.isFinite };
export const FLAGS: Rule = { expected: '0 and 1', holds: (x) => x === 0 || x === 1 };
export const COUNTS: Rule = { expected: 'whole numbers', holds: (x) => Number.isSafeInteger(x) && x >= 0 };

/** Whole numbers from 0 to n - 1. */
export function below(n: number): Rule {
  return { expected: `whole numbers below ${n}`, holds: (x) => Number.isInteger(x) && x >= 0 && x < n };
}

/** Decoded sections by name. */
export class Sections {
  readonly #where: string;
  readonly #arrays: ReadonlyMap<string, SectionData>;

  constructor(where: string, arrays: ReadonlyMap<string, SectionData>) {
    this.#where = where;
    this.#arrays = arrays;
  }

  get names(): string[] {
    return [...this.#arrays.keys()];
  }

  /** The section `name`. Throws UserError if it is missing, has another type or length, or breaks the rule. */
  get<T extends SectionData>(
    name: string,
    type: new (length: number) => T,
    length?: number,
    { expected, holds }: Rule = ANY,
  ): T {
    const data = this.#arrays.get(name);
    if (data === undefined) {
      throw new UserError(`${this.#where}: expected a section '${name}', got ${listOf(this.names)}`);
    }
    if (!(data instanceof type)) {
      throw new UserError(
        `${this.#where}: expected section '${name}' as ${type.name}, got ${data.constructor.name}`,
      );
    }
    if (length !== undefined && data.length !== length) {
      throw new UserError(
        `${this.#where}: expected section '${name}' with ${length} elements, got ${data.length}`,
      );
    }
    const bad = data.findIndex((value) => !holds(value));
    if (bad >= 0) {
      throw new UserError(
        `${this.#where}: expected section '${name}' of ${expected}, got ${data[bad]!} at ${bad}`,
      );
    }
    return data;
  }

  /**
   * The state of a FastStream, of `words` words. Throws UserError as get(), and for zeros alone: they would repeat forever,
   * and draws that reject numbers would never end.
   */
  streamState(name: string, words: number): Uint32Array {
    const state = this.get(name, Uint32Array, words);
    if (state.some((word) => word !== 0)) return state;
    throw new UserError(`${this.#where}: expected section '${name}' of a random state, got only zeros`);
  }
}

/** Decodes encodeSections' output; `where` names the source in errors. Throws UserError if it is malformed. */
export function decodeSections(bytes: Uint8Array, where: string): Sections {
  const index = readIndex(bytes, where);
  // A copy, because views must be aligned and must not alias the caller's memory.
  const block = new Uint8Array(bytes).buffer;
  const arrays = new Map<string, SectionData>();
  let at = index.end;
  for (const [name, typeName, length] of index.entries) {
    const type = types[typeName];
    const byteLength = length * type.BYTES_PER_ELEMENT;
    if (at + byteLength > bytes.length) {
      throw new UserError(
        `${where}: expected section '${shortened(name)}' to end at byte ${at + byteLength}, got ${bytes.length} bytes`,
      );
    }
    if (arrays.has(name))
      throw new UserError(`${where}: expected section '${shortened(name)}' once, got it twice`);
    arrays.set(name, new type(block, at, length));
    at += aligned(byteLength);
  }
  if (at !== bytes.length) throw new UserError(`${where}: expected ${at} bytes, got ${bytes.length}`);
  return new Sections(where, arrays);
}

interface Index {
  readonly entries: readonly (readonly [string, TypeName, number])[];
  /** Offset of the first section. */
  readonly end: number;
}

function readIndex(bytes: Uint8Array, where: string): Index {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, magic.length));
  if (start !== magic) {
    throw new UserError(`${where}: expected a file that starts with '${magic}', got ${described(start)}`);
  }
  if (bytes.length < headerStart) {
    throw new UserError(`${where}: expected at least ${headerStart} bytes, got ${bytes.length}`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(magic.length, true);
  if (length > longestHeader)
    throw new UserError(`${where}: expected a header of at most ${longestHeader} bytes, got ${length}`);
  const headerEnd = headerStart + length;
  if (headerEnd > bytes.length) {
    throw new UserError(`${where}: expected a header of ${length} bytes, got ${bytes.length - headerStart}`);
  }
  const text = new TextDecoder().decode(bytes.subarray(headerStart, headerEnd));
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (!Array.isArray(parsed) || !parsed.every(isEntry)) {
    throw new UserError(`${where}: expected a header of [name, type, length], got ${described(text)}`);
  }
  return { entries: parsed, end: aligned(headerEnd) };
}

function isEntry(value: unknown): value is Index['entries'][number] {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [name, type, length] = value as unknown[];
  return (
    typeof name === 'string' &&
    typeNames.includes(type as TypeName) &&
    Number.isSafeInteger(length) &&
    (length as number) >= 0
  );
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'none' : shortened(names.map((name) => `'${name}'`).join(', '), 200);
}
