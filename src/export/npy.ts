/** NumPy's .npz: a zip archive, stored, of .npy files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). */
import { storedZip } from '../core/stored-zip.ts';

/** Of an array in C order. */
export interface NumpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint8Array;
}

/** A version 1.0 .npy file: magic, header length, a Python literal padded so that data begin at a multiple of 64. */
function encodeNpy({ shape, data }: NumpyArray): Uint8Array {
  const type = data instanceof Float32Array ? '<f4' : '|u1';
  const sizes = shape.map((size) => `${size},`).join(' ');
  const literal = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + literal.length + 1) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + length + data.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, length % 256, Math.floor(length / 256)]);
  bytes.set(new TextEncoder().encode(`${literal.padEnd(length - 1)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
  return bytes;
}

/** Equal arrays give equal bytes. */
export function encodeNpz(arrays: Iterable<readonly [string, NumpyArray]>): Uint8Array {
  return storedZip([...arrays].map(([name, array]) => [`${name}.npy`, encodeNpy(array)] as const));
}
