/** The content of a checkpoint file. */

/** A file's bytes, whole or in consecutive pieces, so that large arrays need not be copied before writing. */
export type FileContent = Uint8Array | readonly Uint8Array[];

/** Node hashes and writes less than 2 GiB at a time. */
const LONGEST_PIECE = 2 ** 30;

/** The bytes in pieces of at most 1 GiB, which are views. */
export function piecesOf(content: FileContent): readonly Uint8Array[] {
  return (content instanceof Uint8Array ? [content] : content).flatMap(split);
}

function split(bytes: Uint8Array): Uint8Array[] {
  const count = Math.max(1, Math.ceil(bytes.length / LONGEST_PIECE));
  return Array.from({ length: count }, (_, k) => bytes.subarray(k * LONGEST_PIECE, (k + 1) * LONGEST_PIECE));
}
