/**
 * EnvironmentFactory: creates the environments that env_name and env_id stand for. Opening one may be slow (it loads a
 * module or starts Python) and is asynchronous; make() is fast and synchronous.
 */
import type { VectorEnv } from './vector-env.ts';

export interface EnvironmentFactory {
  /** `count` environments stepped together. Environment e has seed e until reset() is given others. */
  make(count: number): VectorEnv;
  /** Releases everything the environments hold. They must not be used afterwards. */
  close(): void;
}
