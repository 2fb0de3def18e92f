/**
 * A run directory as one compressed file: a gzipped zip, stored within, of all that a run is made of
 * (run/run-files.ts).
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import { unzipSync, type Unzipped } from 'fflate';
import { storedZip } from '../../core/stored-zip.ts';
import { UserError } from '../../core/user-error.ts';
import type { RunFiles } from '../../run/archive.ts';

/** Compresses off this thread, which has locks to renew. */
export async function pack(files: RunFiles): Promise<Buffer> {
  return promisify(gzip)(storedZip(files), { level: constants.Z_BEST_SPEED });
}

/** Writes the files of an archive to a new folder. Throws UserError if it is damaged, or a name would leave the folder. */
export async function unpack(archive: Uint8Array, run: string): Promise<void> {
  const files = Object.entries(await unzipped(archive));
  const strange = files.find(([name]) => !isWithin(name));
  if (strange)
    throw new UserError(`queue: expected the files of a run, got one named ${JSON.stringify(strange[0])}`);
  for (const [name, bytes] of files) {
    const file = path.join(run, ...name.split('/'));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, bytes);
  }
}

async function unzipped(archive: Uint8Array): Promise<Unzipped> {
  try {
    return unzipSync(await promisify(gunzip)(archive));
  } catch (error) {
    const why = (error as Error).message;
    throw new UserError(
      `queue: expected a run as a gzipped zip, got ${archive.length} other bytes (${why})`,
      {
        ...{ exitCode: 1, cause: error },
      },
    );
  }
}

function isWithin(name: string): boolean {
  return name.split('/').every((part) => /^[\w+-][\w.+-]*$/.test(part));
}
