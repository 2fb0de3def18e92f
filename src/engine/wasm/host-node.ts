/** The Node host of the WebAssembly engine: kernels from dist/, worker threads. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { WasmHost, WorkerHandle, WorkerStart } from './host.ts';

/** The same files from src/ and from dist/: Node 20 starts no worker from TypeScript. */
const KERNELS = new URL('../../../dist/engine/wasm/kernels.wasm', import.meta.url);
const WORKER = new URL('../../../dist/engine/wasm/worker.js', import.meta.url);

export const nodeHost: WasmHost = {
  kernels: async () => WebAssembly.compile(await readFile(KERNELS)),
  startWorker,
  cores: availableParallelism(),
};

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
