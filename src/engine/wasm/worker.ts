/** One worker thread: takes part in every run until the engine ends. Started by threads.ts; shares the work in the kernels. */
import { parentPort, workerData } from 'node:worker_threads';
import { instantiate } from './kernels.ts';
import { ABORTED } from './memory.ts';
import type { WorkerStart } from './threads.ts';

const { module, memory } = workerData as WorkerStart;
const kernels = instantiate(module, memory);
const control = new Int32Array(memory.buffer, 0, ABORTED / 4 + 1);
parentPort?.postMessage('ready');
try {
  kernels.work();
} finally {
  // Whatever ended this thread: nobody must wait for it.
  Atomics.store(control, ABORTED / 4, 1);
}
