/**
 * PythonProcess: a child process that answers one frame of bytes with another, asked synchronously. A worker thread
 * (pipe-worker.ts) owns it and the calling thread sleeps until the answer has come: no polling. The process ends
 * where its input does, which is with close() and with this process however that ends, and by its own watchdog where it
 * hangs (server.py).
 */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { EnvironmentFailure } from '../errors.ts';

/** Words of the memory that both threads share: a counter to wait for, the process's id, and whether it has ended. */
export const SIGNAL = 0;
export const PID = 1;
export const ENDED = 2;

/** What the worker thread is sent in place of a frame to end the process's input. */
export const END = 'end';

export interface PipeStart {
  readonly command: string;
  readonly args: readonly string[];
}

/** What the worker thread answers to a request. */
export type Reply =
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  | { readonly kind: 'not started'; readonly reason: string }
  | {
      readonly kind: 'ended';
      /** The exit code, or the signal. */
      readonly how: number | string;
      /** The end of what it wrote to standard error. */
      readonly errors: string;
    };

/** How a process came to give no answer. */
export type Loss = Exclude<Reply, { kind: 'answer' }>;

/** The same file from src/ and from dist/: Node 20 starts no worker from TypeScript. */
const WORKER = new URL('../../../dist/envs/pettingzoo/pipe-worker.js', import.meta.url);

/** Longest time that the end of a killed process is waited for, in milliseconds. */
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
      execArgv: [], // those of this process may mean its main program alone
    });
    // Neither keeps a run alive that has come to its end.
    worker.unref();
    port1.unref();
  }

  /** Id of the process; 0 before it has started. */
  get pid(): number {
    return Atomics.load(this.#control, PID);
  }

  /**
   * Sends a frame and waits for what comes back. Where nothing does within `seconds`, the process is of no more use: it is
   * killed, and undefined comes back.
   */
  request(bytes: Uint8Array, seconds: number): Reply | undefined {
    if (this.#closed)
      throw new EnvironmentFailure('the Python process: expected one that runs, got one closed');
    this.#port.postMessage(bytes);
    const reply = this.#receive(seconds * 1000);
    if (reply === undefined) this.#kill();
    return reply;
  }

  /**
   * Ends the process's input, so that it leaves by itself, and waits for its end. Where it is still there after `seconds`,
   * it is killed, and undefined comes back.
   */
  close(seconds: number): Loss | undefined {
    if (this.#closed) return undefined;
    this.#closed = true;
    this.#port.postMessage(END);
    let reply: Reply | undefined;
    do reply = this.#receive(seconds * 1000);
    while (reply?.kind === 'answer'); // one that was given up before it came
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

/** Milliseconds, for deadlines only: no result depends on them. */
function performanceNow(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
