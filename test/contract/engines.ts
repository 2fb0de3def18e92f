/** The engines available on this machine, for suites that run on all of them. */
import { afterAll } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import { engineStatus } from '../../src/engine/registry.ts';
import { TensorFlowEngine } from '../../src/engine/tensorflow/engine.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { nodeHost } from '../../src/engine/wasm/host-node.ts';

export interface EngineUnderTest {
  readonly name: string;
  readonly create: () => Promise<Engine>;
}

export const REFERENCE: EngineUnderTest = {
  name: 'reference',
  create: () => Promise.resolve(new ReferenceEngine()),
};

/** Engines that equal the reference bit for bit. All graphs, however small, are split across their threads. */
export const EXACT_ENGINES: readonly EngineUnderTest[] = [1, 2, 3, 4].map((threads) => ({
  name: `wasm with ${threads} thread${threads === 1 ? '' : 's'}`,
  create: () => WasmEngine.create(nodeHost, threads, 0),
}));

/** Available if @tensorflow/tfjs-node is installed; equal within a tolerance only. */
export const TENSORFLOW: EngineUnderTest = {
  name: 'tensorflow',
  create: () => Promise.resolve(TensorFlowEngine.create('cpu', 2)),
};

/** How to install what the tests of the TensorFlow engine need; undefined if it is installed. */
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
