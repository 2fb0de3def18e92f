/**
 * Writes the folder of an export: the files of its format, README.md and export.json, which lists them. A folder that holds
 * an export of the same format is replaced, file by file as that export.json lists them; any other that is not empty is left
 * alone.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { makeFolders } from '../core/make-folders.ts';
import { outputFault } from '../core/output-file.ts';
import { UserError } from '../core/user-error.ts';
import type { ExportedPolicy } from './exported-policy.ts';
import { FORMATS, type ExportedFile, type FormatName } from './formats.ts';
import { spacesOf } from './policy-json.ts';
import { readme } from './readme.ts';

const LIST = 'export.json';

export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
}

/** Throws UserError if the folder is someone else's or cannot be written. */
export function writeExport(policy: ExportedPolicy, format: FormatName, folder: string): WrittenFile[] {
  const files: ExportedFile[] = [
    ...FORMATS[format].files(policy),
    { name: 'README.md', content: readme(policy, format) },
  ];
  const list = {
    format,
    origin: policy.origin,
    spaces: spacesOf(policy.trained.layout),
    files: files.map(({ name }) => name),
  };
  // Written first: if what follows fails, the next export may replace what there is.
  const all = [{ name: LIST, content: `${JSON.stringify(list, null, 2)}\n` }, ...files];
  try {
    for (const name of earlierFiles(folder, format)) fs.rmSync(path.join(folder, name), { force: true });
    for (const { name, content } of all) {
      const file = path.join(folder, name);
      makeFolders(path.resolve(path.dirname(file)));
      fs.writeFileSync(file, content);
    }
  } catch (error) {
    throw outputFault('--out', 'a folder', folder, error);
  }
  return all.map(({ name, content }) => ({ name, bytes: Buffer.byteLength(content) }));
}

/** The files of the export in a folder; none if it is new or empty. Throws UserError if it holds anything else. */
function earlierFiles(folder: string, format: FormatName): string[] {
  if (!fs.existsSync(folder) || fs.readdirSync(folder).length === 0) return [];
  const refusal = (got: string): UserError =>
    new UserError(
      `--out: expected a new or empty folder, or one with an earlier ${format} export, got ${got}: ${folder}; choose another`,
    );
  const list = path.join(folder, LIST);
  if (!fs.existsSync(list)) throw refusal('one with other files');
  const earlier = parsed(fs.readFileSync(list, 'utf8'));
  if (!earlier) throw refusal(`one whose ${LIST} no export has written`);
  if (earlier.format !== format) throw refusal(`an export of format ${earlier.format}`);
  return earlier.files;
}

/** The list of an export; undefined if it is not one, or names a file outside its folder. */
function parsed(text: string): { format: FormatName; files: string[] } | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { format, files } = (json ?? {}) as { format?: unknown; files?: unknown };
  if (typeof format !== 'string' || !Object.hasOwn(FORMATS, format) || !Array.isArray(files))
    return undefined;
  const plain = files.every(
    (name) => typeof name === 'string' && /^[\w.-]+(\/[\w.-]+)?$/.test(name) && !name.includes('..'),
  );
  return plain ? { format: format as FormatName, files: files as string[] } : undefined;
}
