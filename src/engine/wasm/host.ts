/**
 * WasmHost: what the engine needs from the machine it runs on. host-node.ts reads the kernels from dist/ and starts worker
 * threads; host-browser.ts takes them from the page, for one thread or several.
 */
import type { KernelBuild } from './kernels.ts';

export interface WasmHost {
  /** Compiles a build of the kernels; undefined if it has instructions that this machine lacks. */
  kernels(build: KernelBuild): Promise<WebAssembly.Module | undefined>;
  /** Starts a worker that calls Kernels.work() over this memory; resolves once it is ready. */
  startWorker(start: WorkerStart): Promise<WorkerHandle>;
  /** Processor cores. */
  readonly cores: number;
  /** Whether the kernels run on memory that threads share. If not, the engine has one thread. */
  readonly shared: boolean;
}

/** What a worker needs to begin. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

export interface WorkerHandle {
  /** Calls back when the worker stops, with the reason; possibly more than once. */
  onStop(listener: (reason: string) => void): void;
  /** Ends the worker at once. */
  terminate(): Promise<unknown>;
}
