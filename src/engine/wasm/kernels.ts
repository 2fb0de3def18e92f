/** The functions that the compiled kernels export, over one memory. */

/** Functions of assembly/index.ts. */
export interface Kernels {
  start(tape: number, shares: number): number;
  work(): void;
  peak(rounds: number): number;
}

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  // eslint-disable-next-line no-restricted-properties -- for giving up on a dead worker: no result depends on it
  const now = (): number => performance.now();
  return new WebAssembly.Instance(module, { env: { memory, now } }).exports as unknown as Kernels;
}
