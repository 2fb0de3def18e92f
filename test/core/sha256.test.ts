import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256 } from '../../src/core/sha256.ts';

it('equals that of node:crypto for pieces of any length', () => {
  const piece = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const hash = createHash('sha256');
      for (const bytes of pieces) hash.update(bytes);
      expect(sha256(pieces)).toBe(hash.digest('hex'));
    }),
  );
});

it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128])('is right where padding begins: %i bytes', (length) => {
  const bytes = new Uint8Array(length).fill(0xa5);
  expect(sha256([bytes])).toBe(createHash('sha256').update(bytes).digest('hex'));
});
