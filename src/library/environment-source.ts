/** Environments supplied by a program: a factory function or a single object. */
import type { Config } from '../config/keys.ts';
import type { CustomEnvironment, MakeEnvironment } from '../envs/custom/custom-environment.ts';
import { customEnvironments, singleEnvironment } from '../envs/custom/factory.ts';
import type { EnvironmentFactory } from '../envs/environment-factory.ts';

/** A function `(options) => environment`, or one environment (requires parallels 1) that saves its state. */
export type EnvironmentSource = MakeEnvironment | CustomEnvironment;

export interface OpenedSource {
  /** Config keys that describe it. */
  readonly keys: Pick<Config, 'env_name' | 'env_id'>;
  /** Opens environments with `env_options`. */
  readonly open: (options: Config['env_options']) => EnvironmentFactory;
}

/** Opens a source of environments. */
export function environmentSource(source: EnvironmentSource): OpenedSource {
  const name = source.name || 'environment';
  return {
    keys: { env_name: 'custom', env_id: name },
    open: (options) =>
      typeof source === 'function' ? customEnvironments(name, source, options) : singleEnvironment(source),
  };
}
