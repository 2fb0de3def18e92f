/**
 * Format of manifest.json in a checkpoint folder: the step, what wrote it, size and SHA-256 of every other file, and the
 * SHA-256 of its own remaining fields. It is written last, so a folder with a manifest is complete. It records neither time nor
 * machine: identical runs write identical manifests. manifest.ts compares the files with it.
 */
import { described } from '../core/described.ts';
import { sha256 } from '../core/sha256.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { COUNT, decodeJson, jsonFormat } from './json.ts';
import { isPlainName, manifestName } from './names.ts';

const formatVersion = 1;

export interface FileEntry {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface Manifest {
  readonly formatVersion: number;
  /** Version of maddpg that wrote the checkpoint. */
  readonly packageVersion: string;
  /** Joint steps per environment. */
  readonly step: number;
  /** Informational: environment, agent, engine, ... Nothing depends on it. */
  readonly createdBy: Readonly<Record<string, string>>;
  readonly files: ReadonlyMap<string, FileEntry>;
  /** Files that were part of it until a later save removed them, to save space. */
  readonly removed: readonly string[];
}

/** What the writer of a checkpoint records about itself. */
export type Writer = Pick<Manifest, 'packageVersion' | 'createdBy'>;

/** The bytes of manifest.json for these files. */
export function encodeManifest(
  step: number,
  files: ReadonlyMap<string, FileEntry>,
  writer: Writer,
  removed: readonly string[] = [],
): Uint8Array {
  return encode({ ...writer, formatVersion, step, files, removed });
}

/** The manifest after `names` are removed from the checkpoint. */
export function encodeManifestWithout(manifest: Manifest, names: readonly string[]): Uint8Array {
  const files = new Map([...manifest.files].filter(([name]) => !names.includes(name)));
  return encode({ ...manifest, files, removed: [...new Set([...manifest.removed, ...names])] });
}

function encode({ packageVersion, step, createdBy, files, removed }: Manifest): Uint8Array {
  const json = {
    format_version: formatVersion,
    package_version: packageVersion,
    step,
    created_by: createdBy,
    files: Object.fromEntries(files),
    ...(removed.length > 0 && { removed }),
  };
  return new TextEncoder().encode(`${JSON.stringify({ ...json, sha256: ownHash(json) }, null, 2)}\n`);
}

/** Hash of all fields but `files`, which are checked by their own. */
function ownHash({
  format_version,
  package_version,
  step,
  created_by,
  removed,
}: Omit<ManifestFile, 'files' | 'sha256'>): string {
  const fields = JSON.stringify([format_version, package_version, step, created_by, removed ?? []]);
  return sha256([new TextEncoder().encode(fields)]);
}

/** Sizes above which a file is not read, in bytes. All others may be as large as the manifest says. */
export const LONGEST_MANIFEST = 1e6;
const LONGEST_TEXT = 16e6;

/** Most bytes of a file that is read, given what the manifest says. */
export function mostBytes(name: string, { bytes }: FileEntry): number {
  if (name === manifestName) return LONGEST_MANIFEST;
  return /\.(json|yaml)$/.test(name) ? LONGEST_TEXT : bytes;
}

/** Decodes manifest.json; `file` names it. Throws CheckpointError if it is damaged. */
export function decodeManifest(bytes: Uint8Array, file: string): Manifest {
  const { format_version, package_version } = decodeJson(bytes, file, anyVersion);
  if (format_version !== formatVersion) {
    throw new CheckpointError(
      `${file}: expected format_version ${formatVersion}, got ${format_version}; use maddpg ${package_version}, which wrote it`,
    );
  }
  const content = decodeJson(bytes, file, manifestFormat);
  const text = new TextDecoder().decode(bytes);
  const cut = text.includes('\n') && text !== `${text.trim()}\n`;
  // Manifests of maddpg 0.1.0 have no hash of their own.
  const changed = content.sha256 !== undefined && content.sha256 !== ownHash(content);
  if (changed || cut)
    throw new CheckpointError(
      `${file}: expected the content that its sha256 is of, got another: it is damaged`,
    );
  const { step, created_by, files, removed = [] } = content;
  const outside = [...Object.keys(files), ...removed].find((name) => !isPlainName(name));
  if (outside !== undefined)
    throw new CheckpointError(`${file}: expected plain file names, got ${described(outside)}`);
  const both = removed.find((name) => Object.hasOwn(files, name));
  if (both !== undefined)
    throw new CheckpointError(`${file}: expected files or removed ones, got ${described(both)} as both`);
  return {
    formatVersion,
    packageVersion: package_version,
    step,
    createdBy: created_by,
    files: new Map(Object.entries(files)),
    removed,
  };
}

/** Throws CheckpointError unless a file has the hash that the manifest says. */
export function expectHash(actual: string, { sha256 }: FileEntry, file: string): void {
  if (actual !== sha256)
    throw new CheckpointError(`${file}: expected SHA-256 ${sha256}, got ${actual}: it is damaged`);
}

/** What all versions of manifest.json have. */
const anyVersion = jsonFormat<{ format_version: number; package_version: string }>({
  type: 'object',
  required: ['format_version', 'package_version'],
  properties: { format_version: COUNT, package_version: { type: 'string', maxLength: 100 } },
});

interface ManifestFile {
  readonly format_version: number;
  readonly package_version: string;
  readonly step: number;
  readonly created_by: Manifest['createdBy'];
  readonly files: Readonly<Record<string, FileEntry>>;
  readonly removed?: Manifest['removed'];
  /** ownHash() */
  readonly sha256?: string;
}

const manifestFormat = jsonFormat<ManifestFile>({
  type: 'object',
  required: ['step', 'created_by', 'files'],
  additionalProperties: false,
  properties: {
    format_version: COUNT,
    package_version: { type: 'string' },
    step: COUNT,
    created_by: { type: 'object', additionalProperties: { type: 'string' } },
    files: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['bytes', 'sha256'],
        properties: { bytes: COUNT, sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' } },
      },
    },
    removed: { type: 'array', items: { type: 'string' } },
    sha256: { type: 'string' },
  },
});
