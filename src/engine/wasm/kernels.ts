/** The functions that the compiled kernels export, over one memory, and which build of them an engine uses. */
import { UserError } from '../../core/user-error.ts';
import type { Arithmetic } from '../engine.ts';
import type * as BUILDS from './codes/builds.ts';
import type { WasmHost } from './host.ts';

/** Functions of assembly/index.ts. */
export interface Kernels {
  start(tape: number, shares: number): number;
  work(): void;
  /** sum + x y, as in matrix products. */
  readonly multiplyAdd: (sum: number, x: number, y: number) => number;
  peak(rounds: number): number;
}

export type KernelBuild = keyof typeof BUILDS;

/** Milliseconds, for giving up on a dead worker and for choosing threads. */
export function clock(): number {
  // eslint-disable-next-line no-restricted-properties -- no result depends on it
  return performance.now();
}

/** Throws UserError if the module was built for the other kind of memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  try {
    return new WebAssembly.Instance(module, { env: { memory, now: clock } }).exports as unknown as Kernels;
  } catch (error) {
    if (!(error instanceof WebAssembly.LinkError)) throw error;
    const single = 'for one thread (kernels-single.wasm and the like)';
    const shared = 'for several (kernels.wasm and the like, as `threaded`)';
    const [expected, got] = memory.buffer instanceof ArrayBuffer ? [single, shared] : [shared, single];
    throw new UserError(`kernels: expected those ${expected}, got those ${got}`, { cause: error });
  }
}

/**
 * The fastest build that computes this arithmetic here: relaxed SIMD may fuse multiply and add or not, so a probe decides.
 * Throws UserError if the host has none.
 */
export async function kernelsFor(
  host: WasmHost,
  arithmetic: Arithmetic,
  memory: WebAssembly.Memory,
): Promise<{ readonly build: KernelBuild; readonly module: WebAssembly.Module }> {
  if (arithmetic === 'fused') {
    const module = await host.kernels('fused');
    if (module && fuses(instantiate(module, memory))) return { build: 'fused', module };
  }
  const build = arithmetic === 'fused' ? 'emulated' : 'plain';
  const module = await host.kernels(build);
  if (module) return { build, module };
  throw new UserError(
    `engine wasm: expected the kernels for arithmetic ${arithmetic} (kernels-${build}${host.shared ? '' : '-single'}.wasm), ` +
      'got none; pass them' +
      (build === 'emulated'
        ? ', or those for arithmetic plain: no fused multiply-add is to be had here'
        : ''),
  );
}

/** Whether product and sum are rounded together: (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24, but 0 if the product is rounded. */
function fuses({ multiplyAdd }: Kernels): boolean {
  const x = 1 + 2 ** -12;
  return multiplyAdd(-(1 + 2 ** -11), x, x) === 2 ** -24;
}
