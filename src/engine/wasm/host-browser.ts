/**
 * The browser host of the WebAssembly engine: the page hands over the kernels. It runs on the calling thread, so train in
 * a worker of your own to keep the page responsive. The kernels use shared memory, which needs cross-origin isolation.
 */
import { UserError } from '../../core/user-error.ts';
import type { WasmHost } from './host.ts';
import type { KernelBuild } from './kernels.ts';

/** The bytes of a .wasm file, or where to fetch them. */
export type KernelSource = Uint8Array | string | URL;

/** Builds of the kernels; a single one is kernels.wasm. */
export type BrowserKernels = KernelSource | Readonly<Partial<Record<KernelBuild, KernelSource>>>;

export function browserHost(kernels: BrowserKernels): WasmHost {
  const builds = isSource(kernels) ? { fused: kernels } : kernels;
  return {
    kernels: async (build) => {
      const source = builds[build];
      if (source === undefined) return undefined;
      const bytes = source instanceof Uint8Array ? source : await fetched(source);
      return WebAssembly.validate(bytes) ? WebAssembly.compile(bytes) : undefined;
    },
    startWorker: () => Promise.reject(new UserError('threads: expected 1 in a browser, got more')),
    cores: 1,
  };
}

function isSource(kernels: BrowserKernels): kernels is KernelSource {
  return typeof kernels === 'string' || kernels instanceof URL || kernels instanceof Uint8Array;
}

async function fetched(from: string | URL): Promise<Uint8Array> {
  const response = await fetch(from);
  if (!response.ok)
    throw new UserError(`kernels: expected ${String(from)}, got HTTP status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
