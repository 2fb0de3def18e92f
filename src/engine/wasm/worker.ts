/** One worker thread: joins every run until the engine ends. Started by threads.ts; meets the others in the kernels. */
import { parentPort, workerData } from 'node:worker_threads';
import { instantiate } from './kernels.ts';
import { ABORTED } from './memory.ts';
import type { WorkerStart } from './threads.ts';

const { module, memory, thread, threads } = workerData as WorkerStart;
const kernels = instantiate(module, memory);
const control = new Int32Array(memory.buffer, 0, ABORTED / 4 + 1);
let generation = 0;
parentPort?.postMessage('ready');
try {
  while ((generation = kernels.awaitWork(generation)) !== -1) if (kernels.join(thread, threads) !== 0) break;
} finally {
  // Whatever ended this thread: nobody must wait for it.
  Atomics.store(control, ABORTED / 4, 1);
}
