/**
 * PythonProcess: a child process that replies to each frame of bytes with another, called synchronously. A worker thread
 * (pipe-worker.ts) owns it, and the calling thread sleeps until the reply arrives, without polling. The process exits
 * when its input ends, that is on close() or whenever this process exits; if it hangs, its own watchdog ends it
 * (server.py).
 */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { EnvironmentFailure } from '../errors.ts';

/** Words of the shared memory: a counter to wait on, the process id, and whether the process has exited. */
export const SIGNAL = 0;
export const PID = 1;
export const ENDED = 2;

/** Sent to the worker in place of a frame to end the process's input. */
export const END = 'end';

export interface PipeStart {
  readonly command: string;
  readonly args: readonly string[];
}

/** The worker's reply to a request. */
export type Reply =
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  | { readonly kind: 'not started'; readonly reason: string }
  | {
      readonly kind: 'ended';
      /** Exit code or signal. */
      readonly how: number | string;
      /** The end of its standard error. */
      readonly errors: string;
    };

/** Why a process gave no answer. */
export type Loss = Exclude<Reply, { kind: 'answer' }>;

/** The compiled file, even from src/: Node 20 cannot start a worker from TypeScript. */
const WORKER = new URL('../../../dist/envs/pettingzoo/pipe-worker.js', import.meta.url);

/** How long to wait for a killed process to exit. */
const KILL_MS = 2000;

export class PythonProcess {
  readonly #control = new Int32Array(new SharedArrayBuffer(12));
  readonly #port: MessagePort;
  #closed = false;

  constructor(start: PipeStart) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const worker = new Worker(WORKER, {
      workerData: { ...start, port: port2, control: this.#control },
      transferList: [port2],
      execArgv: [], // ours may apply to the main program only
    });
    // Neither may keep a finished run alive.
    worker.unref();
    port1.unref();
  }

  /** Process id; 0 before it has started. */
  get pid(): number {
    return Atomics.load(this.#control, PID);
  }

  /** Sends a frame and returns the reply. Without one within `seconds`, kills the process and returns undefined. */
  request(bytes: Uint8Array, seconds: number): Reply | undefined {
    if (this.#closed)
      throw new EnvironmentFailure('the Python process: expected an open one, got a closed one');
    this.#port.postMessage(bytes);
    const reply = this.#receive(seconds * 1000);
    if (reply === undefined) this.#kill();
    return reply;
  }

  /** Ends the process's input and waits for it to exit. After `seconds`, kills the process and returns undefined. */
  close(seconds: number): Loss | undefined {
    if (this.#closed) return undefined;
    this.#closed = true;
    this.#port.postMessage(END);
    let reply: Reply | undefined;
    do reply = this.#receive(seconds * 1000);
    while (reply?.kind === 'answer'); // a late reply that nobody waits for any more
    if (reply === undefined) {
      this.#kill();
      this.#receive(KILL_MS);
    }
    this.#port.close();
    return reply;
  }

  #receive(ms: number): Reply | undefined {
    const ends = performanceNow() + ms;
    for (;;) {
      const seen = Atomics.load(this.#control, SIGNAL);
      const found = receiveMessageOnPort(this.#port) as { message: Reply } | undefined;
      if (found !== undefined) return found.message;
      const left = ends - performanceNow();
      if (left <= 0 || Atomics.wait(this.#control, SIGNAL, seen, left) === 'timed-out') return undefined;
    }
  }

  #kill(): void {
    const pid = Atomics.load(this.#control, PID);
    if (pid > 0 && Atomics.load(this.#control, ENDED) === 0) process.kill(pid, 'SIGKILL');
  }
}

/** Milliseconds, for timeouts only: no result depends on the clock. */
function performanceNow(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
