/** One worker thread in Node: takes part in every run until the engine ends. Started by host-node.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { ABORTED } from './codes/control-words.ts';
import type { WorkerStart } from './host.ts';
import { instantiate } from './kernels.ts';

const { module, memory } = workerData as WorkerStart;
const kernels = instantiate(module, memory);
const control = new Int32Array(memory.buffer, 0, ABORTED / 4 + 1);
parentPort?.postMessage('ready');
try {
  kernels.work();
} finally {
  // Unblock waiters however this thread exits.
  Atomics.store(control, ABORTED / 4, 1);
}
