/**
 * From the keys env_name, env_id and env_options to environments. Opening may take a while: a module is loaded or a
 * Python process starts. Modules and Python come in only where they are used.
 */
import type { EnvironmentFactory } from './environment-factory.ts';
import { mpeEnvironments, type MpeKeys } from './mpe/open.ts';

/** The keys of a configuration that name environments. */
export interface EnvironmentKeys extends MpeKeys {
  readonly env_name: 'mpe' | 'custom' | 'pettingzoo';
  readonly python: string;
  readonly python_timeout: number;
}

/**
 * Opens the environments of a configuration; close() them in the end. Throws UserError naming the key if env_id,
 * env_options or python is at fault; make() may throw it too.
 */
export async function openEnvironments(keys: EnvironmentKeys): Promise<EnvironmentFactory> {
  const { env_name, env_id, env_options, python, python_timeout } = keys;
  switch (env_name) {
    case 'mpe':
      return mpeEnvironments(keys);
    case 'custom': {
      const { openCustom } = await import('./custom/load.ts');
      return openCustom(env_id, env_options);
    }
    case 'pettingzoo': {
      const { openPettingZoo } = await import('./pettingzoo/open.ts');
      return openPettingZoo({ module: env_id, options: env_options, python, timeout: python_timeout });
    }
  }
}

/**
 * Checks env_id as far as that goes without running code: nothing is imported and no Python started. Throws UserError
 * naming the key.
 */
export async function requireEnvironmentName({ env_name, env_id }: EnvironmentKeys): Promise<void> {
  if (env_name === 'custom') (await import('./custom/load.ts')).requireModuleId(env_id);
  if (env_name === 'pettingzoo') (await import('./pettingzoo/open.ts')).requireModuleName(env_id);
}
