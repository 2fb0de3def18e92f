/**
 * A run directory as a zip of one folder, without compression. Whoever reads one may have it from a stranger: everything is
 * checked before any of it is used, and nothing in it is larger than the zip. Pages make and read them (memory-run.ts);
 * unpack.ts writes one to disk.
 */
import { mostBytes } from '../checkpoint/manifest-format.ts';
import { shortened } from '../core/described.ts';
import { contentOf, entriesOf, storedZip } from '../core/stored-zip.ts';
import { UserError } from '../core/user-error.ts';

/** Files by path below the run, with / between folders. */
export type RunFiles = ReadonlyMap<string, Uint8Array>;

export interface RunArchive {
  /** Of the run: its folder in the zip. */
  readonly name: string;
  readonly files: RunFiles;
}

export function packRun({ name, files }: RunArchive): Uint8Array {
  return storedZip([...files].map(([path, bytes]) => [`${name}/${path}`, bytes] as const));
}

const DEEPEST = 8;

/** Names that every file system takes as they are: not hidden, without separators, colons and control characters. */
// eslint-disable-next-line no-control-regex -- the pattern rejects control characters
const PART = /^(?![. ])[^/\\:\u0000-\u001f\u007f]{1,200}(?<![. ])$/u;

/** The run in a zip; `where` names it in messages. Files are views of `bytes`. Throws UserError unless it is sound. */
export function readArchive(bytes: Uint8Array, where: string): RunArchive {
  const fault = (expected: string, got: string): UserError =>
    new UserError(`${where}: expected ${expected}, got ${got}`);
  const files = new Map<string, Uint8Array>();
  const taken = new Set<string>();
  const folders = new Set<string>();
  let used = 0;
  let top: string | undefined;
  for (const entry of entriesOf(bytes, 'a whole zip of a run', fault)) {
    const shown = JSON.stringify(shortened(entry.name));
    const [first, ...below] = entry.name.replace(/\/$/, '').split('/') as [string, ...string[]];
    if (![first, ...below].every((part) => PART.test(part)) || below.length >= DEEPEST)
      throw fault('plain names inside one folder', shown);
    if (first !== (top ??= first)) throw fault(`everything inside the folder ${shortened(top)}`, shown);
    if (entry.isLink) throw fault('files and folders only', `a link or device, ${shown}`);
    if (entry.name.endsWith('/')) continue;
    if (below.length === 0) throw fault('the folder of a run', `a file, ${shown}`);
    // Some file systems ignore case.
    const parts = below.map((part) => part.toLowerCase());
    const path = parts.join('/');
    if (taken.has(path) || folders.has(path)) throw fault('every name once', `${shown} again`);
    taken.add(path);
    for (let k = 1; k < parts.length; k++) {
      const folder = parts.slice(0, k).join('/');
      if (taken.has(folder)) throw fault('every name once', `a file and a folder ${JSON.stringify(folder)}`);
      folders.add(folder);
    }
    if (entry.packed) throw fault('a zip without compression', `one that packs ${shown}; unpack it yourself`);
    const most = mostBytes(below.at(-1)!, { bytes: entry.size, sha256: '' });
    if (entry.size > most) throw fault(`${shown} of at most ${most} bytes`, String(entry.size));
    used += entry.size;
    const content = contentOf(bytes, entry);
    if (content === undefined || used > bytes.length)
      throw fault('a whole zip', `one in which ${shown} is damaged`);
    files.set(below.join('/'), content);
  }
  if (top === undefined || files.size === 0) throw fault('the folder of a run', 'an empty zip');
  return { name: top, files };
}
