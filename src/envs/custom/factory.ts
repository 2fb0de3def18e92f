/** Environments of a user's own as a factory: from a function that makes them, or from a single object. */
import { UserError } from '../../core/user-error.ts';
import type { EnvironmentFactory } from '../environment-factory.ts';
import { closeAll } from './close-all.ts';
import type { CustomEnvironment, MakeEnvironment } from './custom-environment.ts';
import { CustomVectorEnv } from './vector.ts';

/** `label`: what messages call the environment. */
export function customEnvironments(
  label: string,
  make: MakeEnvironment,
  options: Readonly<Record<string, unknown>>,
): EnvironmentFactory {
  const made: CustomVectorEnv[] = [];
  return {
    make: (count) => {
      // Each environment gets options of its own, which it may complete.
      const env = new CustomVectorEnv(label, () => make(structuredClone(options)), count);
      made.push(env);
      return env;
    },
    close: () => {
      closeAll(made);
    },
  };
}

/** One environment object, for training and evaluation in turns. Throws UserError if it cannot save its state. */
export function singleEnvironment(env: CustomEnvironment): EnvironmentFactory {
  if (env.snapshot === undefined || env.restore === undefined)
    throw new UserError(
      'environment: expected an object with snapshot() and restore() (training and evaluation share it), got one without; ' +
        'pass a function that makes environments',
    );
  return {
    shared: true,
    make: (count) => new CustomVectorEnv(env.name, () => env, count),
    close: () => {
      env.close?.();
    },
  };
}
