/** The compiled kernels: loading, instantiating, and the functions that they export. */
import { readFile } from 'node:fs/promises';

/** The same file from src/ and from dist/. */
const KERNELS = new URL('../../../dist/engine/wasm/kernels.wasm', import.meta.url);

/** Functions of assembly/index.ts. */
export interface Kernels {
  start(tape: number, shares: number): number;
  work(): void;
  peak(rounds: number): number;
}

export async function loadKernels(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(KERNELS));
}

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  // eslint-disable-next-line no-restricted-properties -- for giving up on a dead worker: no result depends on it
  const now = (): number => performance.now();
  return new WebAssembly.Instance(module, { env: { memory, now } }).exports as unknown as Kernels;
}
