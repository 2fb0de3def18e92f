/** Adds the place of a key to faults that other stages report about it. */
import { UserError } from '../core/user-error.ts';
import { KEY_NAMES } from './keys.ts';
import type { KeyName } from './keys.ts';
import type { LoadedConfig } from './resolve.ts';

/** Keys that a key's default may not fit: if it was not given, one of these brought the fault about. */
const CAUSES: Readonly<Partial<Record<KeyName, readonly KeyName[]>>> = {
  agent: ['continuous_action', 'env_id', 'env_name'],
  env_id: ['env_name'],
  engine: ['device'],
  activation_action: ['continuous_action', 'env_id', 'env_name'],
  use_parameter_sharing: ['env_id', 'env_name', 'env_options'],
};

/**
 * The error with the place of the key before each fault that begins with `<key>: ` or `<key>.<name>: `. A key that was
 * not given gets the place of what it clashes with, or of the file. Errors that are not UserErrors stay as they are.
 */
export function located(error: unknown, loaded: Pick<LoadedConfig, 'where' | 'source'>): unknown {
  if (!(error instanceof UserError)) return error;
  const faults = error.faults.map((fault) => {
    const path = /^([a-z]\w*(?:\.\w+)?): /.exec(fault)?.[1];
    const key = KEY_NAMES.find((name) => name === path?.split('.')[0]);
    if (path === undefined || key === undefined) return fault;
    const places = [path, ...(CAUSES[key] ?? [])].map((name) => loaded.where(name));
    const place = places.find((where) => where !== 'default') ?? loaded.source;
    return place === null ? fault : `${place}: ${fault}`;
  });
  return new UserError(faults, { exitCode: error.exitCode, cause: error });
}
