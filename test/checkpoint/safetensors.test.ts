import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/checkpoint/safetensors.ts';
import { sizeOf } from '../../src/core/tensor-map.ts';
import type { Tensor, TensorMap } from '../../src/core/tensor-map.ts';

const tensor: fc.Arbitrary<Tensor> = fc
  .array(fc.nat(4), { maxLength: 3 })
  .chain((shape) =>
    fc.float32Array({ minLength: sizeOf(shape), maxLength: sizeOf(shape) }).map((data) => ({ shape, data })),
  );

const tensorMap: fc.Arbitrary<TensorMap> = fc
  .uniqueArray(fc.tuple(fc.string({ unit: 'grapheme' }), tensor), { selector: ([name]) => name })
  .map((entries) => new Map(entries.filter(([name]) => name !== '__metadata__')));

const example: TensorMap = new Map([
  ['actor/fc.weight', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ['actor/fc.bias', { shape: [2], data: Float32Array.of(-0.5, NaN) }],
  ['count', { shape: [], data: Float32Array.of(7) }],
]);

/** A file with this header and `dataBytes` zero bytes of data. */
function file(header: string, dataBytes: number): Uint8Array {
  const bytes = new Uint8Array(8 + header.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(new TextEncoder().encode(header), 8);
  return bytes;
}

function faultOf(bytes: Uint8Array): string {
  try {
    decodeSafetensors(bytes, 'w.safetensors');
  } catch (error) {
    if (error instanceof CheckpointError) return error.message;
    throw error;
  }
  throw new Error('expected a CheckpointError');
}

describe('safetensors', () => {
  it('round-trip every name, shape and number', () => {
    fc.assert(
      fc.property(tensorMap, (tensors) => {
        expect(decodeSafetensors(encodeSafetensors(tensors), 'x')).toEqual(tensors);
      }),
    );
  });

  it('keep the order of tensors, even with integer names', () => {
    const names = ['z', '10', 'a', '2'];
    const tensors = new Map(names.map((name, i) => [name, { shape: [1], data: Float32Array.of(i) }]));
    expect([...decodeSafetensors(encodeSafetensors(tensors), 'x').keys()]).toEqual(names);
  });

  it('are decoded from a slice of a larger Buffer', () => {
    const bytes = encodeSafetensors(example);
    const larger = Buffer.concat([Buffer.from('xyz'), bytes, Buffer.from('more')]);
    expect(decodeSafetensors(larger.subarray(3, 3 + bytes.length), 'x')).toEqual(example);
  });

  it('have the documented bytes: an aligned header, then data in the same order without gaps', () => {
    const tensors = new Map([['b', { shape: [1, 2], data: Float32Array.of(1, -2) }]]);
    const bytes = Buffer.from(encodeSafetensors(tensors, { format: 'pt' }));
    const header = '{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
    expect(bytes.toString('latin1')).toBe(
      `\x58\0\0\0\0\0\0\0${header.padEnd(0x58)}\x00\x00\x80\x3f\x00\x00\x00\xc0`,
    );
  });

  it('are equal bytes for equal tensors, whatever memory holds them', () => {
    const shared = new Float32Array(new SharedArrayBuffer(64), 8, 6);
    shared.set([1, 2, 3, 4, 5, 6]);
    const moved = new Map([...example]).set('actor/fc.weight', { shape: [2, 3], data: shared });
    expect(encodeSafetensors(moved)).toEqual(encodeSafetensors(example));
  });

  it('do not decode metadata as a tensor', () => {
    expect(decodeSafetensors(encodeSafetensors(example, { step: '4' }), 'x')).toEqual(example);
  });

  it('reject a tensor whose shape and data disagree, and the reserved name', () => {
    const data = Float32Array.of(1, 2);
    expect(() => encodeSafetensors(new Map([['a', { shape: [3], data }]]))).toThrow(
      new RangeError("safetensors: expected 'a' with 3 elements, got 2"),
    );
    expect(() => encodeSafetensors(new Map([['__metadata__', { shape: [2], data }]]))).toThrow(
      new RangeError("safetensors: '__metadata__' cannot name a tensor"),
    );
  });
});

describe('a malformed safetensors file', () => {
  it('is one clear error wherever it is truncated', () => {
    const bytes = encodeSafetensors(example);
    for (let length = 0; length < bytes.length; length++) {
      expect(faultOf(bytes.subarray(0, length))).toMatch(/^w\.safetensors: expected .+, got .+$/);
    }
  });

  it('throws nothing but CheckpointError, whichever byte is changed', () => {
    const whole = encodeSafetensors(example);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        const bytes = whole.slice();
        bytes[at] = value;
        try {
          decodeSafetensors(bytes, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
        }
      }),
    );
  });

  const f32 = (shape: string, offsets: string): string =>
    `{"dtype":"F32","shape":${shape},"data_offsets":${offsets}}`;
  const cases: Record<string, [Uint8Array, string]> = {
    'too short': [new Uint8Array(5), 'a safetensors file of at least 8 bytes, got 5'],
    'with too large a header': [
      Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1),
      'a header of at most 16000000 bytes, got a length field of 72057594037927940',
    ],
    'with a truncated header': [file('{"a":1}', 0).subarray(0, 12), 'a header of 7 bytes, got 4'],
    'with bad JSON': [file('{"a":', 0), 'a header that is a JSON object, got "{\\"a\\":"'],
    'with a list as header': [file('[]', 0), 'a header that is a JSON object, got "[]"'],
    'with another dtype': [
      file('{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}', 2),
      'tensor \'a\' of dtype F32, got "F16"',
    ],
    'without dtype': [file('{"a":null}', 0), "tensor 'a' of dtype F32, got none"],
    'with a negative shape': [
      file(`{"a":${f32('[-1]', '[0,4]')}}`, 4),
      "tensor 'a' with a shape of whole numbers, got [-1]",
    ],
    'without offsets': [
      file('{"a":{"dtype":"F32","shape":[1]}}', 4),
      "tensor 'a' with data_offsets [start, end], got none",
    ],
    'with one offset': [
      file(`{"a":${f32('[1]', '[0]')}}`, 4),
      "tensor 'a' with data_offsets [start, end], got [0]",
    ],
    'with a shape of another size': [file(`{"a":${f32('[2]', '[0,4]')}}`, 4), "tensor 'a' of 8 bytes, got 4"],
    'with overlapping tensors': [
      file(`{"a":${f32('[2]', '[0,8]')},"b":${f32('[1]', '[4,8]')}}`, 8),
      "tensor 'b' to start at byte 8 of the data, got 4",
    ],
    'with a gap': [
      file(`{"a":${f32('[1]', '[0,4]')},"b":${f32('[1]', '[8,12]')}}`, 12),
      "tensor 'b' to start at byte 4 of the data, got 8",
    ],
    'with too little data': [file(`{"a":${f32('[2]', '[0,8]')}}`, 6), '8 bytes of data, got 6'],
    'with too much data': [file(`{"a":${f32('[2]', '[0,8]')}}`, 12), '8 bytes of data, got 12'],
  };
  it.each(Object.entries(cases))('%s says so', (_, [bytes, text]) => {
    expect(faultOf(bytes)).toBe(`w.safetensors: expected ${text}`);
  });
});
