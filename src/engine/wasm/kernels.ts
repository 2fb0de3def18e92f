/** The functions that the compiled kernels export, over one memory. */

/** Functions of assembly/index.ts. */
export interface Kernels {
  start(tape: number, shares: number): number;
  work(): void;
  peak(rounds: number): number;
}

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}
