/** Makes the engine that the keys `engine`, `device` and `threads` ask for. */
import { UserError } from '../core/user-error.ts';
import type { Engine, EngineName } from './engine.ts';
import { ReferenceEngine } from './reference/engine.ts';

export interface EngineChoice {
  readonly engine: 'auto' | EngineName;
  readonly device: 'cpu' | 'gpu';
  readonly threads: 'auto' | number;
}

/** Engines of this version, the one that `auto` takes first. */
export const ENGINES: readonly EngineName[] = ['reference'];

/** Throws UserError where that engine is not there. */
export function createEngine({ engine, device }: EngineChoice): Promise<Engine> {
  if (device === 'gpu')
    throw new UserError(
      'device: expected cpu (no engine of this version uses a GPU), got gpu; set device: cpu',
    );
  const name = engine === 'auto' ? ENGINES[0]! : engine;
  if (name !== 'reference')
    throw new UserError(
      `engine: expected one of this version's engines (${ENGINES.join(', ')}), got ${name}; set engine: auto`,
    );
  return Promise.resolve(new ReferenceEngine());
}
