/**
 * Whose programs an evaluation runs. Opening an environment runs code: a custom module, a Python interpreter and its
 * modules. One that lies inside the checkpoint's own folders came with it, perhaps from a stranger, and runs only if asked
 * for. One elsewhere on the machine is the user's own.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import type { Config } from '../config/keys.ts';

type EnvironmentKeys = Pick<Config, 'env_name' | 'env_id' | 'python'>;

/** Throws CheckpointError if the environment of this configuration would run a program inside the checkpoint or its run. */
export function requireTrusted({ env_name, env_id, python }: EnvironmentKeys, checkpoint: string): void {
  if (env_name === 'mpe') return;
  const programs = env_name === 'custom' ? { env_id } : { python };
  const own = foldersOf(checkpoint);
  for (const [key, program] of Object.entries(programs))
    if (path.isAbsolute(program) && isInside(program, own)) throw untrusted(checkpoint, `${key} ${program}`);
  // Packages, modules and commands without a path may be found in the current folder.
  if (isInside(process.cwd(), own))
    throw untrusted(checkpoint, `the current folder, where ${env_id} may be,`);
}

function untrusted(checkpoint: string, what: string): CheckpointError {
  return new CheckpointError(
    `${checkpoint}: expected an environment outside the folder of the checkpoint and its run, got ${what} inside it; ` +
      'it would run a program that came with them: if you trust it, add --trust (trust: true in a program)',
  );
}

/** The folder of a checkpoint and that of its run, with and without following links. */
function foldersOf(checkpoint: string): string[] {
  return bothPaths(checkpoint)
    .flatMap((folder) => {
      const parent = path.dirname(folder);
      return path.basename(parent) === 'checkpoints' ? [folder, path.dirname(parent)] : [folder];
    })
    .flatMap(bothPaths);
}

function isInside(file: string, folders: readonly string[]): boolean {
  return bothPaths(file).some((place) =>
    folders.some((folder) => {
      const steps = path.relative(folder, place);
      return steps !== '..' && !steps.startsWith(`..${path.sep}`) && !path.isAbsolute(steps);
    }),
  );
}

/** A path as it is written and as links lead. One that leads nowhere is only what is written: opening it will fail. */
function bothPaths(file: string): string[] {
  const written = path.resolve(file);
  return [written, fs.existsSync(written) ? fs.realpathSync.native(written) : written];
}
