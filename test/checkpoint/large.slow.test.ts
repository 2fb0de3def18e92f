/** Files of more than 2 GiB, which Node cannot hash at once. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { entryOf } from '../../src/checkpoint/manifest.ts';

it('a file of more than 2 GiB has the hash of its pieces', () => {
  const content = new Uint8Array(2 ** 31 + 1);
  const half = content.subarray(0, 2 ** 30);
  const sha256 = createHash('sha256').update(half).update(half).update(Uint8Array.of(0)).digest('hex');
  expect(entryOf(content)).toEqual({ bytes: 2 ** 31 + 1, sha256 });
});
