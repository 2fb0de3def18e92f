/**
 * EnvironmentFactory: creates the environments that env_name and env_id stand for. Opening one may be slow (it loads a
 * module or starts Python) and is asynchronous; make() is fast and synchronous.
 */
import type { VectorEnv } from './vector-env.ts';

export interface EnvironmentFactory {
  /** `count` environments stepped together, without an episode until reset() or restore(). */
  make(count: number): VectorEnv;
  /** Whether make() always wraps the same environment: save its state before using it elsewhere. */
  readonly shared?: boolean;
  /** Releases everything the environments hold. They must not be used afterwards. */
  close(): void;
}

/** The factory, whose environments are at a curriculum stage; as it is without one. */
export function atStage(factory: EnvironmentFactory, stage: number | undefined): EnvironmentFactory {
  if (stage === undefined) return factory;
  return {
    ...(factory.shared !== undefined && { shared: factory.shared }),
    make: (count) => {
      const env = factory.make(count);
      env.setCurriculumStage?.(stage);
      return env;
    },
    close: () => {
      factory.close();
    },
  };
}
