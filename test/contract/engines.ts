/** Every engine that this machine has, for the suites that run over all of them. */
import { afterAll } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import { engineStatus } from '../../src/engine/registry.ts';
import { TensorFlowEngine } from '../../src/engine/tensorflow/engine.ts';
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

/** Present where @tensorflow/tfjs-node is installed; promises a tolerance only. */
export const TENSORFLOW: EngineUnderTest = {
  name: 'tensorflow',
  create: () => Promise.resolve(TensorFlowEngine.create('cpu', 2)),
};

/** What to type to get the tests of the TensorFlow engine to run; undefined where they do. */
export const TENSORFLOW_MISSING = engineStatus().find(
  ({ name, device }) => name === 'tensorflow' && device === 'cpu',
)!.advice;

export const ALL_ENGINES: readonly EngineUnderTest[] = [
  REFERENCE,
  ...EXACT_ENGINES,
  ...(TENSORFLOW_MISSING === undefined ? [TENSORFLOW] : []),
];

/** The same for one file, which makes each engine once: starting threads takes longer than most tests do. */
export function sharedEngines(): readonly EngineUnderTest[] {
  const made = new Map<string, Promise<Engine>>();
  afterAll(async () => {
    for (const engine of made.values()) (await engine).dispose();
  });
  return ALL_ENGINES.map(({ name, create }) => ({
    name,
    create: () => {
      const engine = made.get(name) ?? create();
      made.set(name, engine);
      return engine;
    },
  }));
}
