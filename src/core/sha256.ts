/** SHA-256 where there is no node:crypto, and a browser's own is asynchronous. */
import { sha256 as noble } from '@noble/hashes/sha2';
import { bytesToHex } from '@noble/hashes/utils';

/** Hexadecimal digest of consecutive pieces of bytes. */
export function sha256(pieces: readonly Uint8Array[]): string {
  const hash = noble.create();
  for (const piece of pieces) hash.update(piece);
  return bytesToHex(hash.digest());
}
