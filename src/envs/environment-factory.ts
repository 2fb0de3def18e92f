/**
 * EnvironmentFactory: an opened environment. Opening may take a while (a module is loaded, a Python process starts);
 * making environments is quick and synchronous.
 */
import type { VectorEnv } from './vector-env.ts';

export interface EnvironmentFactory {
  /** `count` environments stepped together. They have no episode until reset() or restore(). */
  make(count: number): VectorEnv;
  /** Whether make() wraps one and the same environment each time: save its state before using it elsewhere. */
  readonly shared?: boolean;
  /** Releases everything that the environments hold. Do not use them afterwards. */
  close(): void;
}
