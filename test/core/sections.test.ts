import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSections, encodeSections } from '../../src/core/sections.ts';
import type { SectionData } from '../../src/core/sections.ts';
import { UserError } from '../../src/core/user-error.ts';

const arrays = fc.oneof<fc.Arbitrary<SectionData>[]>(
  fc.uint8Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
);

const example = (): Uint8Array =>
  encodeSections({ flags: Uint8Array.of(1, 0, 1), rewards: Float64Array.of(0.5, -2) });

function faultOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error('expected a UserError');
}

describe('sections', () => {
  it('round-trip names, order, types and every bit', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), arrays, { noNullPrototype: true }), (record) => {
        const sections = decodeSections(encodeSections(record), 'x');
        expect(sections.names).toEqual(Object.keys(record));
        for (const [name, data] of Object.entries(record)) {
          const type = data.constructor as new (length: number) => SectionData;
          expect(sections.get(name, type, data.length)).toEqual(data);
        }
      }),
    );
  });

  it('are decoded from a slice at any offset of a larger buffer, into their own memory', () => {
    const bytes = example();
    for (let offset = 0; offset < 8; offset++) {
      const larger = Buffer.alloc(bytes.length + 8);
      larger.set(bytes, offset);
      const sections = decodeSections(larger.subarray(offset, offset + bytes.length), 'x');
      larger.fill(0xff);
      expect(sections.get('flags', Uint8Array)).toEqual(Uint8Array.of(1, 0, 1));
      expect(sections.get('rewards', Float64Array)).toEqual(Float64Array.of(0.5, -2));
    }
  });

  it('have the documented bytes', () => {
    const bytes = encodeSections({ a: Uint32Array.of(0x01020304) });
    const header = '[["a","u32",1]]';
    expect(Buffer.from(bytes).toString('latin1')).toBe(
      `maddpg-1\x0f\x00\x00\x00${header}${'\x00'.repeat(5)}\x04\x03\x02\x01\x00\x00\x00\x00`,
    );
  });

  it('preserve NaN payloads and minus zero', () => {
    const bits = Uint32Array.of(0x7fc00001, 0xffc12345, 0x80000000);
    const sections = decodeSections(encodeSections({ x: new Float32Array(bits.buffer) }), 'x');
    expect(
      new Uint32Array(sections.get('x', Float32Array).buffer, sections.get('x', Float32Array).byteOffset, 3),
    ).toEqual(bits);
  });

  it('are requested by name, type and length, and an error says what differs', () => {
    const sections = decodeSections(example(), 'replay.bin');
    expect(faultOf(() => sections.get('cursor', Uint8Array))).toBe(
      "replay.bin: expected a section 'cursor', got 'flags', 'rewards'",
    );
    expect(faultOf(() => sections.get('flags', Float32Array))).toBe(
      "replay.bin: expected section 'flags' as Float32Array, got Uint8Array",
    );
    expect(faultOf(() => sections.get('rewards', Float64Array, 3))).toBe(
      "replay.bin: expected section 'rewards' with 3 elements, got 2",
    );
    expect(faultOf(() => decodeSections(encodeSections({}), 'e').get('a', Uint8Array))).toBe(
      "e: expected a section 'a', got none",
    );
  });

  it('truncated anywhere are one clear error', () => {
    const bytes = example();
    for (let length = 0; length < bytes.length; length++) {
      expect(faultOf(() => decodeSections(bytes.subarray(0, length), 'x'))).toMatch(
        /^x: expected .*, got .*$/,
      );
    }
  });

  it('say what is wrong with malformed bytes', () => {
    const packed = (header: string): Uint8Array => {
      const bytes = new Uint8Array(Math.ceil((12 + header.length) / 8) * 8);
      bytes.set(new TextEncoder().encode(`maddpg-1\0\0\0\0${header}`));
      new DataView(bytes.buffer).setUint32(8, header.length, true);
      return bytes;
    };
    const texts = {
      'PK\u0003\u0004zip-file': `x: expected a file that starts with 'maddpg-1', got "PK\\u0003\\u0004zip-"`,
      'maddpg-1': 'x: expected at least 12 bytes, got 8',
    };
    for (const [content, text] of Object.entries(texts)) {
      expect(faultOf(() => decodeSections(new TextEncoder().encode(content), 'x'))).toBe(text);
    }
    const headers = {
      '{]': 'x: expected a header of [name, type, length], got "{]"',
      '[["a","f16",1]]': 'x: expected a header of [name, type, length], got "[[\\"a\\",\\"f16\\",1]]"',
      '[["a","u8",-1]]': 'x: expected a header of [name, type, length], got "[[\\"a\\",\\"u8\\",-1]]"',
      '[["a","f64",9]]': "x: expected section 'a' to end at byte 104, got 32 bytes",
      '[["a","u8",0],["a","u8",0]]': "x: expected section 'a' once, got it twice",
    };
    for (const [header, text] of Object.entries(headers)) {
      expect(faultOf(() => decodeSections(packed(header), 'x'))).toBe(text);
    }
    const longer = new Uint8Array([...example(), 0]);
    expect(faultOf(() => decodeSections(longer, 'x'))).toBe(
      `x: expected ${longer.length - 1} bytes, got ${longer.length}`,
    );
  });
});
