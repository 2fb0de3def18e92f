/**
 * The worker threads of one engine. A tape's sections fall into shares, as many as there are threads, and whoever is
 * free does the next one (assembly/index.ts). Messages: a worker gets WorkerStart as its workerData and posts 'ready'
 * once; everything after that goes through the control words of memory.ts.
 */
import { Worker } from 'node:worker_threads';
import { UserError } from '../../core/user-error.ts';
import { instantiate, type Kernels } from './kernels.ts';
import { ABORTED, CLAIM, type LinearMemory } from './memory.ts';

/** What a worker needs to begin. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

/** The same file from src/ and from dist/: Node 20 starts no worker from TypeScript. */
const WORKER = new URL('../../../dist/engine/wasm/worker.js', import.meta.url);

export class Threads {
  readonly count: number;
  readonly #kernels: Kernels;
  readonly #control: Int32Array;
  readonly #workers: readonly Worker[];
  #stopped: string | undefined;

  private constructor(module: WebAssembly.Module, memory: LinearMemory, workers: readonly Worker[]) {
    this.count = workers.length + 1;
    this.#kernels = instantiate(module, memory.memory);
    this.#control = memory.words(0, (ABORTED + 4) / 4);
    this.#workers = workers;
    for (const worker of workers) {
      worker.on('error', (error) => {
        this.#stop(error.message);
      });
      worker.on('exit', () => {
        this.#stop('it ended');
      });
    }
  }

  /** Starts count - 1 workers and waits until all of them are ready. */
  static async start(module: WebAssembly.Module, memory: LinearMemory, count: number): Promise<Threads> {
    const starting = Array.from({ length: count - 1 }, async () => {
      const workerData: WorkerStart = { module, memory: memory.memory };
      // Flags of the main thread, such as --input-type, are not for the worker's file.
      const worker = new Worker(WORKER, { workerData, execArgv: [] });
      await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      // A run that ends, however it ends, must not be kept alive by idle workers.
      worker.unref();
      return worker;
    });
    return new Threads(module, memory, await Promise.all(starting));
  }

  /** The workers, for tests that take one away. */
  get workers(): readonly Worker[] {
    return this.#workers;
  }

  /** Runs a tape that was planned in so many shares, one of them on the calling thread alone. Throws UserError (exit code 1) where a worker has stopped. */
  run(tape: number, shares: number): void {
    if (this.#stopped === undefined && this.#kernels.start(tape, shares) === 0) return;
    throw new UserError(
      `engine wasm: expected ${this.count} threads at work, got one that stopped (${this.#stopped ?? 'it did not answer'}); ` +
        'go on from the last checkpoint with --resume, or set threads: 1',
      { exitCode: 1 },
    );
  }

  /** Ends the workers. */
  dispose(): void {
    this.#stop('the engine was disposed of');
    Atomics.notify(this.#control, CLAIM / 4);
  }

  #stop(reason: string): void {
    this.#stopped ??= reason;
    Atomics.store(this.#control, ABORTED / 4, 1);
  }
}
