/** Adds the place of a key to faults that other stages report about it. */
import { UserError } from '../core/user-error.ts';
import { KEY_NAMES } from './keys.ts';
import type { KeyName } from './keys.ts';
import type { LoadedConfig } from './resolve.ts';

/** Keys that a key's default may not fit: if it was not given, one of these brought the fault about. */
const CAUSES: Readonly<Partial<Record<KeyName, readonly KeyName[]>>> = {
  agent: ['continuous_action', 'env_id', 'env_name'],
  actor_hidden_size: ['batch_size', 'env_id', 'env_options'],
  batch_size: ['env_id', 'env_options'],
  buffer_size: ['env_id', 'env_options'],
  critic_hidden_size: ['batch_size', 'env_id', 'env_options'],
  env_id: ['env_name'],
  env_options: ['env_id', 'env_name'],
  python: ['env_name'],
  engine: ['device'],
  running_steps: ['start_training', 'training_frequency', 'parallels', 'train_per_step', 'env_options'],
  activation_action: ['continuous_action', 'env_id', 'env_name'],
  use_parameter_sharing: ['env_id', 'env_name', 'env_options'],
};

/**
 * The error with the place of the key before each fault that begins with `<key>: ` or `<key>.<name>: `. A key that was
 * not given gets the place of what it clashes with, or of the file. Errors that are not UserErrors stay as they are.
 */
export function located(error: unknown, loaded: Places): unknown {
  if (!(error instanceof UserError)) return error;
  const faults = error.faults.map((fault) => locatedLine(fault, loaded));
  return new UserError(faults, { exitCode: error.exitCode, cause: error });
}

type Places = Pick<LoadedConfig, 'where' | 'source'>;

/** One such line, of a fault or a warning. */
export function locatedLine(line: string, { where, source }: Places): string {
  const path = /^([a-z]\w*(?:\.\w+)?): /.exec(line)?.[1];
  const key = KEY_NAMES.find((name) => name === path?.split('.')[0]);
  if (path === undefined || key === undefined) return line;
  const places = [path, ...(CAUSES[key] ?? [])].map(where);
  const place = places.find((one) => one !== 'default') ?? source;
  return place === null ? line : `${place}: ${line}`;
}
