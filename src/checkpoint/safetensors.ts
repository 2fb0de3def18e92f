/**
 * The safetensors format (https://github.com/huggingface/safetensors), float32 only, for weights and optimizer moments
 * that other programs can read. Encodes to and decodes from bytes; save.ts and load.ts handle the files.
 *
 * Layout: the header's length as u64, the header (JSON, space-padded to a multiple of 8), then the elements of all
 * tensors, little-endian, without gaps.
 */
import { described, shortened } from '../core/described.ts';
import { sizeOf } from '../core/tensor-map.ts';
import type { Tensor, TensorMap } from '../core/tensor-map.ts';
import { CheckpointError } from './checkpoint-error.ts';

const lengthBytes = 8;
/** Longest header that is read. The format allows 100 MB; a network's has a few kB. */
const maxHeaderBytes = 16_000_000;
const metadataKey = '__metadata__';

/**
 * Encodes tensors in map order. Equal tensors in equal order give equal bytes. Throws RangeError on a bad name or
 * size.
 */
export function encodeSafetensors(
  tensors: TensorMap,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  // Built entry by entry: an object would move integer-like names such as '0' to the front.
  const entries = metadata === undefined ? [] : [`"${metadataKey}":${JSON.stringify(metadata)}`];
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    if (name === metadataKey) throw new RangeError(`safetensors: '${metadataKey}' cannot name a tensor`);
    if (sizeOf(shape) !== data.length) {
      throw new RangeError(
        `safetensors: expected '${name}' with ${sizeOf(shape)} elements, got ${data.length}`,
      );
    }
    const start = end;
    end += data.byteLength;
    entries.push(
      `${JSON.stringify(name)}:${JSON.stringify({ dtype: 'F32', shape, data_offsets: [start, end] })}`,
    );
  }
  const json = new TextEncoder().encode(`{${entries.join(',')}}`);
  const headerLength = Math.ceil(json.length / 8) * 8;

  const bytes = new Uint8Array(lengthBytes + headerLength + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, lengthBytes);
  bytes.fill(0x20, lengthBytes + json.length, lengthBytes + headerLength);
  let at = lengthBytes + headerLength;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Decodes a float32 safetensors file, in data order; all tensors are views of one new array. `where` names the file in
 * errors. Throws CheckpointError if the file is malformed.
 */
export function decodeSafetensors(bytes: Uint8Array, where: string): TensorMap {
  const header = readHeader(bytes, where);
  const entries = Object.entries(header.json)
    .filter(([name]) => name !== metadataKey)
    .map(([name, value]) => readEntry(name, value, where))
    .sort((a, b) => a.start - b.start || a.end - b.end);

  let end = 0;
  for (const entry of entries) {
    if (entry.start !== end) {
      throw fault(
        where,
        `tensor '${shortened(entry.name)}' to start at byte ${end} of the data`,
        String(entry.start),
      );
    }
    end = entry.end;
  }
  const dataLength = bytes.length - header.end;
  if (dataLength !== end) throw fault(where, `${end} bytes of data`, String(dataLength));

  // The constructor copies; slice() of a Buffer would return a view.
  const data = new Float32Array(new Uint8Array(bytes.subarray(header.end)).buffer);
  return new Map(
    entries.map(({ name, shape, start, end }): [string, Tensor] => [
      name,
      { shape, data: data.subarray(start / 4, end / 4) },
    ]),
  );
}

function readHeader(bytes: Uint8Array, where: string): { json: Record<string, unknown>; end: number } {
  if (bytes.length < lengthBytes) {
    throw fault(where, `a safetensors file of at least ${lengthBytes} bytes`, String(bytes.length));
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > maxHeaderBytes) {
    throw fault(where, `a header of at most ${maxHeaderBytes} bytes`, `a length field of ${length}`);
  }
  const end = lengthBytes + length;
  if (bytes.length < end)
    throw fault(where, `a header of ${length} bytes`, String(bytes.length - lengthBytes));
  const text = new TextDecoder().decode(bytes.subarray(lengthBytes, end));
  const json = text.startsWith('{') ? parseJson(text) : undefined;
  if (typeof json !== 'object' || json === null) {
    throw fault(where, 'a header that is a JSON object', described(text));
  }
  return { json: json as Record<string, unknown>, end };
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

function readEntry(name: string, value: unknown, where: string): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (dtype !== 'F32') throw fault(where, `tensor '${shortened(name)}' of dtype F32`, described(dtype));
  if (!isCounts(shape))
    throw fault(where, `tensor '${shortened(name)}' with a shape of whole numbers`, listed(shape));
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw fault(where, `tensor '${shortened(name)}' with data_offsets [start, end]`, listed(offsets));
  }
  const [start, end] = offsets as [number, number];
  if (end - start !== 4 * sizeOf(shape)) {
    throw fault(where, `tensor '${shortened(name)}' of ${4 * sizeOf(shape)} bytes`, String(end - start));
  }
  return { name, shape, start, end };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A short list of numbers in full, and any other value in short. */
function listed(value: unknown): string {
  const short = Array.isArray(value) && value.length <= 8 && value.every((n) => typeof n === 'number');
  return short ? JSON.stringify(value) : described(value);
}

function fault(where: string, expected: string, got: string): CheckpointError {
  return new CheckpointError(`${where}: expected ${expected}, got ${got}`);
}
