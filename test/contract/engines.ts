/** The engines available on this machine, for suites that run on all of them. */
import { readFileSync } from 'node:fs';
import { afterAll } from 'vitest';
import type { Arithmetic, Engine } from '../../src/engine/engine.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import { engineStatus } from '../../src/engine/registry.ts';
import { TensorFlowEngine } from '../../src/engine/tensorflow/engine.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { browserHost } from '../../src/engine/wasm/host-browser.ts';
import { nodeHost } from '../../src/engine/wasm/host-node.ts';
import type { WasmHost } from '../../src/engine/wasm/host.ts';

export interface EngineUnderTest {
  readonly name: string;
  readonly create: () => Promise<Engine>;
}

export const REFERENCE: EngineUnderTest = {
  name: 'reference',
  create: () => Promise.resolve(new ReferenceEngine()),
};

export const PLAIN_REFERENCE: EngineUnderTest = {
  name: 'reference, plain',
  create: () => Promise.resolve(new ReferenceEngine('plain')),
};

/** All graphs, however small, are split across the threads. */
function wasm(
  name: string,
  threads: number | 'auto',
  arithmetic: Arithmetic,
  host: WasmHost,
): EngineUnderTest {
  return {
    name: `${name} with ${threads} thread${threads === 1 ? '' : 's'}`,
    create: () => WasmEngine.create(host, threads, { arithmetic, productsWorthThreads: 0 }),
  };
}

/** A machine that cannot fuse. */
export const WITHOUT_FUSING: WasmHost = {
  ...nodeHost,
  kernels: (build) => (build === 'fused' ? Promise.resolve(undefined) : nodeHost.kernels(build)),
};

function single(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../dist/engine/wasm/${name}-single.wasm`, import.meta.url)));
}

/** What browsers have without cross-origin isolation. */
const SINGLE = browserHost({ fused: single('kernels'), plain: single('kernels-plain') });
const SINGLE_WITHOUT_FUSING = browserHost({ emulated: single('kernels-emulated') });
// Sets the flag without which Node 20 has no relaxed SIMD.
await nodeHost.kernels('fused');

const THREADS = [1, 2, 3, 4];

/** Engines that equal the reference bit for bit. */
export const EXACT_ENGINES: readonly EngineUnderTest[] = [
  ...THREADS.map((threads) => wasm('wasm', threads, 'fused', nodeHost)),
  wasm('wasm', 'auto', 'fused', { ...nodeHost, cores: 2 }),
  wasm('wasm, emulated,', 2, 'fused', WITHOUT_FUSING),
  wasm('wasm, single-threaded build,', 1, 'fused', SINGLE),
  wasm('wasm, single-threaded build, emulated,', 1, 'fused', SINGLE_WITHOUT_FUSING),
];

/** Engines that equal the plain reference bit for bit. */
export const PLAIN_ENGINES: readonly EngineUnderTest[] = [
  ...THREADS.map((threads) => wasm('wasm, plain,', threads, 'plain', nodeHost)),
  wasm('wasm, single-threaded build, plain,', 1, 'plain', SINGLE),
];

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
