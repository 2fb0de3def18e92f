/** Makes the engine that the keys `engine`, `device` and `threads` ask for. */
import { UserError } from '../core/user-error.ts';
import type { Engine, EngineName } from './engine.ts';
import { ReferenceEngine } from './reference/engine.ts';
import { WasmEngine, automaticThreads } from './wasm/engine.ts';

export interface EngineChoice {
  readonly engine: 'auto' | EngineName;
  readonly device: 'cpu' | 'gpu';
  readonly threads: 'auto' | number;
}

/** Engines of this version, the one that `auto` takes first. */
export const ENGINES: readonly EngineName[] = ['wasm', 'reference'];

/** Throws UserError where that engine is not there. */
export function requireEngine({ engine, device }: Pick<EngineChoice, 'engine' | 'device'>): EngineName {
  if (device === 'gpu')
    throw new UserError('device: expected cpu (no engine of this version uses a GPU), got gpu');
  const name = engine === 'auto' ? ENGINES[0]! : engine;
  if (ENGINES.includes(name)) return name;
  throw new UserError(
    `engine: expected auto or one of this version's engines (${ENGINES.join(', ')}), got ${name}; set engine: auto`,
  );
}

/** The engine that the keys ask for. Throws UserError where it is not there. */
export async function createEngine(choice: EngineChoice): Promise<Engine> {
  if (requireEngine(choice) === 'reference') return new ReferenceEngine();
  return WasmEngine.create(choice.threads === 'auto' ? automaticThreads() : choice.threads);
}
