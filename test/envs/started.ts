import type { EnvironmentFactory } from '../../src/envs/environment-factory.ts';
import type { VectorEnv } from '../../src/envs/vector-env.ts';

/** `count` environments with an episode each: environment e has seed e. */
export function started(environments: EnvironmentFactory, count: number): VectorEnv {
  const env = environments.make(count);
  env.reset(Array.from({ length: count }, (_, e) => e));
  return env;
}
