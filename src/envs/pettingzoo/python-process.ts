/**
 * PythonProcess: a child process that answers one frame of bytes with another, asked synchronously. A worker thread
 * (pipe-worker.ts) owns it and the calling thread sleeps until the answer has come: no polling. The process ends
 * with close(), with this process however that ends, and by its own watchdog where it hangs (server.py).
 */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { EnvironmentFailure } from '../errors.ts';

/** Words of the memory that both threads share: a counter to wait for, the process's id, and whether it has ended. */
export const SIGNAL = 0;
export const PID = 1;
export const ENDED = 2;

export interface PipeStart {
  readonly command: string;
  readonly args: readonly string[];
}

/** What the worker thread answers to a request. */
export type Reply =
  | { readonly kind: 'answer'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'not started'; readonly reason: string }
  | { readonly kind: 'ended'; readonly how: string; readonly errors: string };

/** The same file from src/ and from dist/: Node 20 starts no worker from TypeScript. */
const WORKER = new URL('../../../dist/envs/pettingzoo/pipe-worker.js', import.meta.url);

/** Longest time that the end of a killed process is waited for, in milliseconds. */
const KILL_MS = 2000;

export class PythonProcess {
  readonly #control = new Int32Array(new SharedArrayBuffer(12));
  readonly #port: MessagePort;
  readonly #kill = (): void => {
    const pid = Atomics.load(this.#control, PID);
    if (pid > 0 && Atomics.load(this.#control, ENDED) === 0) process.kill(pid, 'SIGKILL');
  };
  #closed = false;

  constructor(start: PipeStart) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const worker = new Worker(WORKER, {
      workerData: { ...start, port: port2, control: this.#control },
      transferList: [port2],
      execArgv: [], // those of this process may mean its main program alone
    });
    // Neither keeps a run alive that has come to its end.
    worker.unref();
    port1.unref();
    process.on('exit', this.#kill);
  }

  /** Id of the process; 0 before it has started. */
  get pid(): number {
    return Atomics.load(this.#control, PID);
  }

  /** Sends a frame and waits for what comes back; undefined where nothing does within `seconds`. */
  request(bytes: Uint8Array, seconds: number): Reply | undefined {
    if (this.#closed)
      throw new EnvironmentFailure('the Python process: expected one that runs, got one closed');
    this.#port.postMessage(bytes);
    const ends = performanceNow() + seconds * 1000;
    for (;;) {
      const seen = Atomics.load(this.#control, SIGNAL);
      const found = receiveMessageOnPort(this.#port) as { message: Reply } | undefined;
      if (found !== undefined) return found.message;
      const left = ends - performanceNow();
      if (left <= 0 || Atomics.wait(this.#control, SIGNAL, seen, left) === 'timed-out') return undefined;
    }
  }

  /** Ends the process and waits for its end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    process.off('exit', this.#kill);
    this.#port.postMessage('close');
    const ends = performanceNow() + KILL_MS;
    while (Atomics.load(this.#control, ENDED) === 0) {
      const seen = Atomics.load(this.#control, SIGNAL);
      if (Atomics.load(this.#control, ENDED) === 1) break;
      const left = ends - performanceNow();
      if (left <= 0 || Atomics.wait(this.#control, SIGNAL, seen, left) === 'timed-out') break;
    }
    this.#port.close();
  }
}

/** Milliseconds, for deadlines only: no result depends on them. */
function performanceNow(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
