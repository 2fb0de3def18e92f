/**
 * EnvironmentFactory: what a configuration's env_name and env_id come to once they have been found. Opening
 * may take long (a module is loaded, a Python process starts); making environments is quick and synchronous.
 */
import type { VectorEnv } from './vector-env.ts';

export interface EnvironmentFactory {
  /** `count` environments stepped together; environment e starts with seed e until reset() gives others. */
  make(count: number): VectorEnv;
  /** Lets go of everything that the environments hold. They are of no use afterwards. */
  close(): void;
}
