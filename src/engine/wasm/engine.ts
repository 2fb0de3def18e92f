/**
 * The WebAssembly engine: SIMD kernels and threads over one shared linear memory. Compiles a graph to one memory plan
 * and one list of kernel calls (program.ts); the numbers are those of the reference engine, bit for bit.
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Engine, Program, Section, Store } from '../engine.ts';
import type { UpdateGraph } from '../graph.ts';
import type { NetworkSpec } from '../network-spec.ts';
import { SHARDS } from '../sums.ts';
import { BlockLayout } from './block-layout.ts';
import { LinearMemory } from './memory.ts';
import { WasmProgram, type BlockAddresses, type ProgramHost } from './program.ts';
import { Threads } from './threads.ts';

/** The same file from src/ and from dist/. */
const KERNELS = new URL('../../../dist/engine/wasm/kernels.wasm', import.meta.url);

/** Threads for `threads: auto`: more than four gain little at the sizes that people train. */
export function automaticThreads(): number {
  return Math.min(availableParallelism(), 4);
}

export class WasmEngine implements Engine {
  readonly name = 'wasm';
  readonly #memory: LinearMemory;
  readonly #threads: Threads;

  private constructor(memory: LinearMemory, threads: Threads) {
    this.#memory = memory;
    this.#threads = threads;
  }

  /** @param threads 1 to 8, the calling thread included; 1 starts no worker */
  static async create(threads: number): Promise<WasmEngine> {
    if (!Number.isInteger(threads) || threads < 1 || threads > SHARDS)
      throw new RangeError(`threads: expected an integer from 1 to ${SHARDS}, got ${threads}`);
    const module = await WebAssembly.compile(await readFile(KERNELS));
    const memory = new LinearMemory();
    return new WasmEngine(memory, await Threads.start(module, memory, threads));
  }

  get threads(): number {
    return this.#threads.count;
  }

  /** The worker threads, for tests that take one away. */
  get workers(): Threads['workers'] {
    return this.#threads.workers;
  }

  createStore(networks: Iterable<NetworkSpec>): Store {
    return new WasmStore(networks, this.#memory, this.#threads);
  }

  dispose(): void {
    this.#threads.dispose();
  }
}

class WasmStore implements Store, ProgramHost {
  readonly networks: ReadonlyMap<string, NetworkSpec>;
  readonly memory: LinearMemory;
  readonly #threads: Threads;
  readonly #blocks: ReadonlyMap<string, BlockAddresses>;

  constructor(networks: Iterable<NetworkSpec>, memory: LinearMemory, threads: Threads) {
    this.networks = new Map([...networks].map((spec) => [spec.name, spec]));
    this.memory = memory;
    this.#threads = threads;
    this.#blocks = new Map(
      [...this.networks.values()].map((spec) => {
        const layout = new BlockLayout(spec);
        const block = (): number => memory.floats(layout.length);
        return [spec.name, { layout, parameters: block(), exp_avg: block(), exp_avg_sq: block() }];
      }),
    );
  }

  get threads(): number {
    return this.#threads.count;
  }

  read(section: Section, network: string): Float32Array {
    const { layout, [section]: at } = this.block(network);
    return layout.toDense(this.memory.view(at, layout.length));
  }

  write(section: Section, network: string, values: Float32Array): void {
    const { layout, [section]: at } = this.block(network);
    if (values.length !== layout.denseLength)
      throw new RangeError(`${network}: expected ${layout.denseLength} numbers, got ${values.length}`);
    layout.fromDense(values, this.memory.view(at, layout.length));
  }

  compile(graph: UpdateGraph, batchSize: number): Program {
    return new WasmProgram(graph, batchSize, this);
  }

  block(network: string): BlockAddresses {
    const found = this.#blocks.get(network);
    if (!found)
      throw new RangeError(`store: expected one of ${[...this.#blocks.keys()].join(', ')}, got ${network}`);
    return found;
  }

  run(tape: number): void {
    this.#threads.run(tape);
  }
}
