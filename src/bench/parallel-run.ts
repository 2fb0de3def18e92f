/**
 * One of the runs of `maddpg bench --parallel`: the whole of a process or of a worker thread (parallel.ts). It says
 * `ready` after its first updates, waits for a number of seconds, and answers with environment steps per second.
 */
import { parentPort } from 'node:worker_threads';
import { stepsPerSecond, withTraining } from './training.ts';

const messages = parentPort ?? process;

function tell(message: unknown): void {
  if (parentPort) parentPort.postMessage(message);
  else process.send!(message);
}

await withTraining('wasm', 1, async (session) => {
  const told = new Promise<number>((resolve) => messages.once('message', resolve));
  tell('ready');
  tell(stepsPerSecond(session, await told));
});
