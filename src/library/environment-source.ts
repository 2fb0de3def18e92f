/** Environments that a program brings along: a function that makes them, or a single object. */
import type { Config } from '../config/keys.ts';
import type { CustomEnvironment, MakeEnvironment } from '../envs/custom/custom-environment.ts';
import { customEnvironments, singleEnvironment } from '../envs/custom/factory.ts';
import type { EnvironmentFactory } from '../envs/environment-factory.ts';

/** A function `(options) => environment`, or one environment that saves its state (parallels is then 1). */
export type EnvironmentSource = MakeEnvironment | CustomEnvironment;

export interface OpenedSource {
  /** What the configuration says of it. */
  readonly keys: Pick<Config, 'env_name' | 'env_id'>;
  /** Environments made with the key env_options. */
  readonly open: (options: Config['env_options']) => EnvironmentFactory;
}

export function environmentSource(source: EnvironmentSource): OpenedSource {
  const name = source.name || 'environment';
  return {
    keys: { env_name: 'custom', env_id: name },
    open: (options) =>
      typeof source === 'function' ? customEnvironments(name, source, options) : singleEnvironment(source),
  };
}
