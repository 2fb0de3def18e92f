/**
 * The browser host of the WebAssembly engine: the page hands over the kernels. It runs on the calling thread, so train in
 * a worker of your own to keep the page responsive. The kernels use shared memory, which needs cross-origin isolation.
 */
import { UserError } from '../../core/user-error.ts';
import type { WasmHost } from './host.ts';

/** `kernels`: the bytes of dist/engine/wasm/kernels.wasm, or where to fetch them. */
export function browserHost(kernels: Uint8Array | string | URL): WasmHost {
  return {
    kernels: async () => {
      if (typeof kernels !== 'string' && !(kernels instanceof URL)) return WebAssembly.compile(kernels);
      const response = await fetch(kernels);
      if (!response.ok)
        throw new UserError(`kernels: expected ${String(kernels)}, got HTTP status ${response.status}`);
      return WebAssembly.compile(new Uint8Array(await response.arrayBuffer()));
    },
    startWorker: () => Promise.reject(new UserError('threads: expected 1 in a browser, got more')),
    cores: 1,
  };
}
