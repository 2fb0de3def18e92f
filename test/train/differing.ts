import { piecesOf, type FileContent } from '../../src/checkpoint/file-content.ts';

/** Names of the files whose bytes differ. */
export function differing(
  files: Readonly<Record<string, FileContent>>,
  others: Readonly<Record<string, FileContent>>,
): string[] {
  const bytes = (content: FileContent | undefined): Buffer => Buffer.concat(content ? piecesOf(content) : []);
  const names = new Set([...Object.keys(files), ...Object.keys(others)]);
  return [...names].filter((name) => !bytes(files[name]).equals(bytes(others[name])));
}
