import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../src/checkpoint/file-content.ts';

describe('piecesOf', () => {
  it('splits what is too long to hash or write at a time into views', () => {
    const small = Uint8Array.of(1, 2, 3);
    // Pages that nobody touches take no memory.
    const large = new Uint8Array(2 ** 31 + 5);
    const pieces = piecesOf([small, large, new Uint8Array(0)]);
    expect(pieces.map(({ length }) => length)).toEqual([3, 2 ** 30, 2 ** 30, 5, 0]);
    expect(pieces[0]).toEqual(small);
    expect(pieces.slice(1, 4).map(({ buffer }) => buffer === large.buffer)).toEqual([true, true, true]);
    expect(pieces.slice(1, 4).map(({ byteOffset }) => byteOffset)).toEqual([0, 2 ** 30, 2 ** 31]);
  });
});
