/** The content of a checkpoint file. */

/** A file's bytes, whole or in consecutive pieces, so that large arrays need not be copied before writing. */
export type FileContent = Uint8Array | readonly Uint8Array[];

export function piecesOf(content: FileContent): readonly Uint8Array[] {
  return content instanceof Uint8Array ? [content] : content;
}
