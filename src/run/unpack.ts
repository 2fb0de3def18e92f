/** The zip of a run on disk: unpacked where a run is needed, after all of it has been checked (archive.ts). */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { rename } from '../core/rename.ts';
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { kindOf, readRegularFile, reasonOf } from '../core/regular-file.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { UserError } from '../core/user-error.ts';
import { readArchive, type RunFiles } from './archive.ts';
import { decodeConfig } from './file-store.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { requireTrusted } from './trust.ts';

/** Largest zip that is read, in bytes: what fits into one array. */
const LARGEST = 2 ** 31 - 1;

/** Whether a path names the zip of a run instead of its folder. */
export function isArchive(at: string): boolean {
  return at.toLowerCase().endsWith('.zip') && failing(at, 'a run', () => kindOf(at)) === 'file';
}

/**
 * Unpacks the zip of a run beside itself, in a folder named after the run; returns that. Throws UserError if the zip is
 * faulty, brings its own environment, or there is such a folder.
 */
export function unpackBeside(zip: string): string {
  const { name, files } = read(zip);
  const parent = path.dirname(zip);
  const run = path.join(parent, name);
  if (fs.existsSync(run))
    throw new UserError(
      `${zip}: expected no ${run} yet, as the run is unpacked there, got one; resume that with --resume ${shellQuote(run)}, ` +
        'or move it away',
    );
  requireNoProgram(files, run, zip);
  return failing(zip, 'to unpack it beside itself', () => {
    // Named when it is complete.
    const temporary = fs.mkdtempSync(path.join(parent, '.unpacking-'));
    try {
      write(files, path.join(temporary, name));
      rename(path.join(temporary, name), run);
    } finally {
      fs.rmSync(temporary, { recursive: true });
    }
    return run;
  });
}

/**
 * Runs `use` with a run's folder: `at`, or where `at` is a zip, a temporary one that is removed afterwards. `name` replaces its
 * path in a text by the zip's; UserErrors are rewritten that way. Without `at`, `use` gets none.
 */
export async function unpackedFor<T>(
  at: string | undefined,
  use: (at: string | undefined, name: (text: string) => string) => Promise<T>,
): Promise<T> {
  if (at === undefined || !isArchive(at)) return use(at, (text) => text);
  const { name, files } = read(at);
  const temporary = failing(at, 'to unpack it', temporaryFolder);
  const named = (text: string): string => text.replaceAll(temporary, at);
  try {
    const run = path.join(temporary, name);
    failing(at, 'to unpack it', () => {
      write(files, run);
    });
    return await use(run, named);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.faults.map(named), { exitCode: error.exitCode, cause: error });
  } finally {
    fs.rmSync(temporary, { recursive: true });
  }
}

function read(zip: string): { readonly name: string; readonly files: RunFiles } {
  return readArchive(
    failing(zip, 'the zip of a run', () => readRegularFile(zip, LARGEST)),
    zip,
  );
}

/** Resuming runs the environment; one that comes with the zip is perhaps a stranger's. */
function requireNoProgram(files: RunFiles, run: string, zip: string): void {
  const config = decodeConfig(files, run);
  try {
    requireTrusted(config, run);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new UserError(
      `${zip}: expected the run of an environment outside the zip, got one whose program came with it; ` +
        'if you trust it, unpack it yourself and resume the folder',
      { cause: error },
    );
  }
}

function write(files: RunFiles, run: string): void {
  for (const [name, bytes] of files) {
    const file = path.join(run, ...name.split('/'));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, bytes, { flag: 'wx' });
  }
}

/** Runs `act`; what the file system refuses is a UserError `<zip>: expected <expected>, got ...`. */
function failing<T>(zip: string, expected: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const reason = error instanceof UserError ? undefined : reasonOf(error);
    if (reason === undefined) throw error;
    throw new UserError(`${zip}: expected ${expected}, got ${reason}`, { cause: error });
  }
}
