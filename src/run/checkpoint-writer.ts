/**
 * CheckpointWriter: writes checkpoints on a thread of its own (checkpoint-writer-thread.ts), so that training pauses only
 * while their content is copied: some 10 ms per 100 MB. The thread also keeps the heartbeat of the run's lock.
 */
import * as fs from 'node:fs';
import { Worker } from 'node:worker_threads';
import { piecesOf, type FileContent } from '../checkpoint/file-content.ts';
import { saveCheckpoint, type SaveOptions } from '../checkpoint/save.ts';
import { failureOf, fileFault, type Failure } from './file-fault.ts';
import type { RunLock } from './lock.ts';

/** To the thread. */
export type WriterRequest =
  | { readonly kind: 'reserve'; readonly bytes: number }
  | {
      readonly kind: 'save';
      readonly step: number;
      /** Name and length of each file; their bytes follow one another in `memory`. */
      readonly files: readonly (readonly [string, number])[];
      readonly memory: ArrayBuffer;
      readonly options: SaveOptions;
      /** Descriptors of files that the checkpoint depends on, to be synced first. */
      readonly descriptors: readonly number[];
    }
  | { readonly kind: 'close' };

/** From the thread. Memory travels with the messages and is used again. */
export type WriterReport =
  | { readonly kind: 'reserved'; readonly memory: ArrayBuffer }
  | { readonly kind: 'saved'; readonly memory: ArrayBuffer }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface WriterStart {
  /** The run directory. */
  readonly run: string;
  /** undefined: not locked. */
  readonly lock: { readonly path: string; readonly token: string } | undefined;
}

/** Larger checkpoints are written while training waits, rather than held in memory twice. */
const LARGEST_COPY = 2 ** 30;

/** The same file from src/ and from dist/: Node 20 starts no worker from TypeScript. */
const THREAD = new URL('../../dist/run/checkpoint-writer-thread.js', import.meta.url);

export class CheckpointWriter {
  readonly #run: string;
  readonly #lock: RunLock | undefined;
  readonly #thread: Worker;
  readonly #exited: Promise<void>;
  /** Memory for the next copy. */
  #memory = new ArrayBuffer(0);
  /** Resolves when the save under way is on disk. */
  #writing: Promise<void> = Promise.resolve();
  #written: () => void = () => undefined;
  #failure: Failure | undefined;
  #newest: string | null;

  constructor(run: string, lock: RunLock | undefined, newest: string | null) {
    this.#run = run;
    this.#lock = lock;
    this.#newest = newest;
    const start: WriterStart = { run, lock: lock && { path: lock.path, token: lock.token } };
    this.#thread = new Worker(THREAD, { workerData: start, execArgv: [] });
    // A run that has ended must not wait for it; close() does.
    this.#thread.unref();
    this.#thread.on('message', (report: WriterReport) => {
      if (report.kind === 'failed') this.#failure ??= report.failure;
      else if (report.memory.byteLength > this.#memory.byteLength) this.#memory = report.memory;
      if (report.kind !== 'reserved') this.#written();
    });
    // Listens from the start: a failed thread exits long before close().
    this.#exited = new Promise((resolve) => {
      this.#thread.once('exit', () => {
        resolve();
      });
    });
    this.#thread.on('error', (error) => {
      this.#failure ??= { message: error.message };
      this.#written();
    });
  }

  /** The newest checkpoint on disk. */
  get newest(): string | null {
    return this.#newest;
  }

  /** Prepares memory for checkpoints of up to `bytes`, if there is so much, since touching new memory takes longer than copying. */
  reserve(bytes: number): void {
    if (bytes <= LARGEST_COPY) this.#post({ kind: 'reserve', bytes });
  }

  /**
   * Copies `files` and has them written as the checkpoint of `step`, after the one before. `descriptors`: of files to be
   * synced first. `folder`: where it will be. Throws UserError if an earlier one failed.
   */
  async save(
    step: number,
    folder: string,
    files: Readonly<Record<string, FileContent>>,
    options: SaveOptions,
    descriptors: readonly number[],
  ): Promise<void> {
    await this.settle();
    const entries = Object.entries(files).map(([name, content]) => ({ name, pieces: piecesOf(content) }));
    const lengths = entries.map(({ pieces }) => pieces.reduce((sum, piece) => sum + piece.length, 0));
    const total = lengths.reduce((sum, length) => sum + length, 0);
    if (total > LARGEST_COPY) {
      try {
        this.#lock?.require();
        for (const descriptor of descriptors) fs.fsyncSync(descriptor);
        saveCheckpoint(this.#run, step, files, options);
      } catch (error) {
        this.#failure ??= failureOf(error);
      }
      this.check();
      this.#newest = folder;
      return;
    }
    const memory = this.#memory.byteLength < total ? new ArrayBuffer(total) : this.#memory;
    this.#memory = new ArrayBuffer(0);
    const target = new Uint8Array(memory);
    let at = 0;
    for (const piece of entries.flatMap(({ pieces }) => pieces)) {
      target.set(piece, at);
      at += piece.length;
    }
    this.#thread.ref();
    this.#writing = new Promise((resolve) => {
      this.#written = () => {
        this.#thread.unref();
        if (this.#failure === undefined) this.#newest = folder;
        resolve();
      };
    });
    const names = entries.map(({ name }, k) => [name, lengths[k]!] as const);
    this.#post({ kind: 'save', step, files: names, memory, options, descriptors }, [memory]);
  }

  /** Throws UserError if a checkpoint could not be written or the run was lost. */
  check(): void {
    if (this.#failure !== undefined) throw fileFault(this.#failure, { run: this.#run, newest: this.#newest });
  }

  /** Waits until everything is on disk; then check(). */
  async settle(): Promise<void> {
    await this.#writing;
    this.check();
  }

  /** Waits for the save under way and ends the thread. Never throws. */
  async close(): Promise<void> {
    await this.#writing;
    this.#post({ kind: 'close' });
    this.#thread.ref();
    await this.#exited;
  }

  #post(request: WriterRequest, transfer: ArrayBuffer[] = []): void {
    this.#thread.postMessage(request, transfer);
  }
}
