/**
 * The worker threads of one engine. A tape's sections are divided into shares (sharesOf() in engine.ts), and every free
 * thread claims the next one (assembly/index.ts). Once a worker is ready, all communication goes through the words in
 * codes/control-words.ts.
 */
import { UserError } from '../../core/user-error.ts';
import { ABORTED, CLAIM } from './codes/control-words.ts';
import type { WasmHost, WorkerHandle } from './host.ts';
import { instantiate, type Kernels } from './kernels.ts';
import type { LinearMemory } from './memory.ts';

export class Threads {
  readonly count: number;
  readonly #kernels: Kernels;
  readonly #control: Int32Array;
  readonly #workers: readonly WorkerHandle[];
  #stopped: string | undefined;

  private constructor(module: WebAssembly.Module, memory: LinearMemory, workers: readonly WorkerHandle[]) {
    this.count = workers.length + 1;
    this.#kernels = instantiate(module, memory.memory);
    this.#control = memory.words(0, (ABORTED + 4) / 4);
    this.#workers = workers;
    for (const worker of workers)
      worker.onStop((reason) => {
        this.#stop(reason);
      });
  }

  /** Starts count - 1 workers and waits until all of them are ready. */
  static async start(
    host: WasmHost,
    module: WebAssembly.Module,
    memory: LinearMemory,
    count: number,
  ): Promise<Threads> {
    const starting = Array.from({ length: count - 1 }, () =>
      host.startWorker({ module, memory: memory.memory }),
    );
    try {
      return new Threads(module, memory, await Promise.all(starting));
    } catch (error) {
      // Ends those that did start.
      Atomics.store(memory.words(0, ABORTED / 4 + 1), ABORTED / 4, 1);
      throw error;
    }
  }

  /** The workers, for tests that take one away. */
  get workers(): readonly WorkerHandle[] {
    return this.#workers;
  }

  /**
   * Runs a tape that was planned in so many shares; a single share runs on the calling thread alone. Throws UserError
   * (exit code 1) if a worker has stopped.
   */
  run(tape: number, shares: number): void {
    if (this.#stopped === undefined && this.#kernels.start(tape, shares) === 0) return;
    throw new UserError(
      `engine wasm: expected ${this.count} threads at work, got one that stopped (${this.#stopped ?? 'it did not answer'}); ` +
        'continue from the last checkpoint with --resume, or set threads: 1',
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
