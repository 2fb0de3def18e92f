/** The particle environments of a configuration. Unlike other kinds they need no opening, and no Node. */
import { UserError } from '../../core/user-error.ts';
import type { EnvironmentFactory } from '../environment-factory.ts';
import { makeVectorEnv } from '../registry.ts';

/** The keys of a configuration that name a particle environment. */
export interface MpeKeys {
  readonly env_id: string;
  readonly env_options: Readonly<Record<string, unknown>>;
  readonly continuous_action: boolean;
  /** Whether observations hold what agents do not see, for critics. Default false. */
  readonly use_global_state?: boolean;
}

/** Throws UserError naming the key at fault, here or in make(). */
export function mpeEnvironments({
  env_id,
  env_options,
  continuous_action,
  use_global_state,
}: MpeKeys): EnvironmentFactory {
  if ('continuous_actions' in env_options)
    throw new UserError(
      `env_options.continuous_actions: expected no such option (the key continuous_action sets it), got ` +
        JSON.stringify(env_options['continuous_actions']),
    );
  const options = { ...env_options, continuous_actions: continuous_action };
  return {
    make: (count) => makeVectorEnv(env_id, options, count, use_global_state),
    close: () => {
      // Nothing to release.
    },
  };
}
