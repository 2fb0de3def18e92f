/** Every engine that this machine has, for the suites that run over all of them. */
import type { Engine } from '../../src/engine/engine.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';

export interface EngineUnderTest {
  readonly name: string;
  readonly create: () => Promise<Engine>;
}

export const REFERENCE: EngineUnderTest = {
  name: 'reference',
  create: () => Promise.resolve(new ReferenceEngine()),
};

/** Engines that promise the reference's bits; their threads share even the smallest graph. */
export const EXACT_ENGINES: readonly EngineUnderTest[] = [1, 2, 3, 4].map((threads) => ({
  name: `wasm with ${threads} thread${threads === 1 ? '' : 's'}`,
  create: () => WasmEngine.create(threads, 0),
}));

export const ALL_ENGINES: readonly EngineUnderTest[] = [REFERENCE, ...EXACT_ENGINES];
