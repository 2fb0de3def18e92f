/**
 * The browser host of the WebAssembly engine: the page hands over the kernels. The engine runs on the calling thread, so
 * train in a worker of your own to keep the page responsive. Further threads need shared memory, which browsers have in
 * workers of pages that are cross-origin isolated.
 */
import { UserError } from '../../core/user-error.ts';
import { ABORTED } from './codes/control-words.ts';
import type { WasmHost, WorkerHandle, WorkerStart } from './host.ts';
import type { KernelBuild } from './kernels.ts';

/** The bytes of a .wasm file, or where to fetch them. */
export type KernelSource = Uint8Array | string | URL;

type Builds = Readonly<Partial<Record<KernelBuild, KernelSource>>>;

/** Builds of the kernels for one thread (kernels-single.wasm ...), and those for several (kernels.wasm ...). */
type BuildsByMemory = Builds & { readonly threaded?: Builds };

/** A single source is kernels-single.wasm. */
export type BrowserKernels = KernelSource | BuildsByMemory;

/** What is used of the browser. */
interface Browser {
  readonly crossOriginIsolated?: boolean;
  /** Missing in workers. A page may not wait, and the engine waits for its threads. */
  readonly document?: unknown;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly Worker: new (url: string) => BrowserWorker;
}

interface BrowserWorker {
  onmessage: (() => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
  postMessage(start: WorkerStart): void;
  terminate(): void;
}

/** `threads`: as WasmEngine.create() takes them. Throws UserError if kernels for them are missing. */
export function browserHost(kernels: BrowserKernels, threads: number | 'auto' = 1): WasmHost {
  const browser = globalThis as unknown as Browser;
  const { threaded, ...single }: BuildsByMemory = isSource(kernels) ? { fused: kernels } : kernels;
  const shared = threads !== 1 && browser.crossOriginIsolated === true && browser.document === undefined;
  if (shared && !threaded)
    throw new UserError(
      `threads: expected 1 without the kernels for several (kernels.wasm and the like, as \`threaded\`), got ${threads}`,
    );
  const builds = shared ? threaded! : single;
  return {
    kernels: async (build) => {
      const source = builds[build];
      if (source === undefined) return undefined;
      const bytes =
        source instanceof Uint8Array ? (source as Uint8Array<ArrayBuffer>) : await fetched(source);
      return WebAssembly.validate(bytes) ? WebAssembly.compile(bytes) : undefined;
    },
    startWorker: (start) => startWorker(browser, start),
    cores: browser.navigator?.hardwareConcurrency ?? 1,
    shared,
  };
}

function isSource(kernels: BrowserKernels): kernels is KernelSource {
  return typeof kernels === 'string' || kernels instanceof URL || kernels instanceof Uint8Array;
}

async function fetched(from: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(from);
  if (!response.ok)
    throw new UserError(`kernels: expected ${String(from)}, got HTTP status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** worker.ts as a script of its own, which no bundler need find. */
const SCRIPT = `onmessage = ({ data: { module, memory } }) => {
  const env = { memory, now: () => performance.now() };
  const { work } = new WebAssembly.Instance(module, { env }).exports;
  postMessage('ready');
  try {
    work();
  } finally {
    Atomics.store(new Int32Array(memory.buffer), ${ABORTED / 4}, 1);
    close();
  }
};`;

async function startWorker({ Worker }: Browser, start: WorkerStart): Promise<WorkerHandle> {
  const url = URL.createObjectURL(new Blob([SCRIPT], { type: 'text/javascript' }));
  const worker = new Worker(url);
  let stopped: (reason: string) => void = () => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = () => {
        resolve();
      };
      worker.onerror = ({ message = 'it did not start' }) => {
        reject(new UserError(`threads: expected workers to start, got: ${message}; set threads: 1`));
        stopped(message);
      };
      worker.postMessage(start);
    });
  } catch (error) {
    worker.terminate();
    throw error;
  } finally {
    URL.revokeObjectURL(url);
  }
  return {
    onStop: (listener) => {
      stopped = listener;
    },
    terminate: () => {
      worker.terminate();
      return Promise.resolve();
    },
  };
}
