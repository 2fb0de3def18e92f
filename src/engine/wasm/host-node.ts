/** The Node host of the WebAssembly engine: kernels from dist/, worker threads. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { WasmHost, WorkerHandle, WorkerStart } from './host.ts';
import type { KernelBuild } from './kernels.ts';

/** The same files from src/ and from dist/: Node 20 starts no worker from TypeScript. */
const FILES: Readonly<Record<KernelBuild, URL>> = {
  fused: new URL('../../../dist/engine/wasm/kernels.wasm', import.meta.url),
  emulated: new URL('../../../dist/engine/wasm/kernels-emulated.wasm', import.meta.url),
  plain: new URL('../../../dist/engine/wasm/kernels-plain.wasm', import.meta.url),
};
const WORKER = new URL('../../../dist/engine/wasm/worker.js', import.meta.url);

export const nodeHost: WasmHost = {
  kernels,
  startWorker,
  cores: availableParallelism(),
  shared: true,
};

async function kernels(build: KernelBuild): Promise<WebAssembly.Module | undefined> {
  const bytes = await readFile(FILES[build]);
  if (WebAssembly.validate(bytes)) return WebAssembly.compile(bytes);
  // Node 20 and 21 have relaxed SIMD behind a flag, which later versions do not know.
  if (process.versions.v8.startsWith('11.')) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(bytes) ? WebAssembly.compile(bytes) : undefined;
}

async function startWorker(workerData: WorkerStart): Promise<WorkerHandle> {
  // Flags of the main thread, such as --input-type, do not apply to the worker's file.
  const worker = new Worker(WORKER, { workerData, execArgv: [] });
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  // Idle workers must not keep a finished run alive.
  worker.unref();
  return {
    onStop: (listener) => {
      worker.on('error', (error) => {
        listener(error.message);
      });
      worker.on('exit', () => {
        listener('it ended');
      });
    },
    terminate: () => worker.terminate(),
  };
}
