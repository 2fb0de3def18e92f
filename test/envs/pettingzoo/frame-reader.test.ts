import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { FrameReader } from '../../../src/envs/pettingzoo/frame-reader.ts';

/** A frame as it travels: its length, little-endian, and its bytes. */
function framed(bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4);
  header.writeUInt32LE(bytes.length);
  return Buffer.concat([header, bytes]);
}

describe('FrameReader', () => {
  it('gives every frame as it was sent, when its last byte has come, whatever the pieces', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, sizes) => {
        const reader = new FrameReader();
        for (const bytes of sent) {
          const whole = framed(bytes);
          let got: Uint8Array | undefined;
          for (let at = 0, k = 0; at < whole.length; k++) {
            expect(got).toBeUndefined();
            const end = at + sizes[k % sizes.length]!;
            got = reader.push(whole.subarray(at, end));
            at = end;
          }
          expect(got).toEqual(bytes);
        }
      }),
    );
  });

  it('copies a byte once, not once for every piece that follows it', () => {
    const copies: number[] = [];
    const set = vi.spyOn(Uint8Array.prototype, 'set').mockImplementation(function (this: Uint8Array, from) {
      copies.push(from.length);
      for (let k = 0; k < from.length; k++) this[k] = from[k]!;
    });
    const concat = vi.spyOn(Buffer, 'concat');
    const reader = new FrameReader();
    reader.push(Uint8Array.of(0, 0, 1, 0)); // 65,536 bytes
    for (let k = 0; k < 1024; k++) expect(reader.push(new Uint8Array(64)) !== undefined).toBe(k === 1023);
    set.mockRestore();
    expect(concat).not.toHaveBeenCalled();
    concat.mockRestore();
    expect(copies.reduce((sum, n) => sum + n)).toBe(4 + 65536);
  });

  it('refuses bytes that no frame was announced for', () => {
    const reader = new FrameReader();
    expect(() => reader.push(Uint8Array.of(1, 0, 0, 0, 7, 8))).toThrow(RangeError);
  });
});
