/**
 * The WebAssembly engine: SIMD kernels and threads over one shared linear memory. Compiles a graph to one memory plan
 * and one list of kernel calls (program.ts); the numbers are those of the reference engine, bit for bit.
 */
import { availableParallelism } from 'node:os';
import type { Engine, Program, Section, Store } from '../engine.ts';
import type { UpdateGraph } from '../graph.ts';
import { layersOf, type NetworkSpec } from '../network-spec.ts';
import { SHARDS } from '../sums.ts';
import { BlockLayout } from './block-layout.ts';
import { loadKernels } from './kernels.ts';
import { LinearMemory } from './memory.ts';
import { WasmProgram, type BlockAddresses, type ProgramHost } from './program.ts';
import { Threads } from './threads.ts';

/** Threads for `threads: auto`: more than four gain little at the sizes that people train. */
export function automaticThreads(): number {
  return Math.min(availableParallelism(), 4);
}

/** Below this many products a run ends before other threads have woken up; acting for a few environments, say. */
const PRODUCTS_WORTH_THREADS = 2e6;

/** A thread that is slower than the others, or late, leaves its second share to them. */
const SHARES_A_THREAD = 2;

export class WasmEngine implements Engine {
  readonly name = 'wasm';
  readonly exact = true;
  readonly #memory: LinearMemory;
  readonly #threads: Threads;

  readonly #productsWorthThreads: number;

  private constructor(memory: LinearMemory, threads: Threads, productsWorthThreads: number) {
    this.#memory = memory;
    this.#threads = threads;
    this.#productsWorthThreads = productsWorthThreads;
  }

  /**
   * @param threads 1 to 8, the calling thread included; 1 starts no worker
   * @param productsWorthThreads graphs with fewer products than this run on the calling thread alone
   */
  static async create(threads: number, productsWorthThreads = PRODUCTS_WORTH_THREADS): Promise<WasmEngine> {
    if (!Number.isInteger(threads) || threads < 1 || threads > SHARDS)
      throw new RangeError(`threads: expected an integer from 1 to ${SHARDS}, got ${threads}`);
    const module = await loadKernels();
    const memory = new LinearMemory();
    return new WasmEngine(memory, await Threads.start(module, memory, threads), productsWorthThreads);
  }

  get threads(): number {
    return this.#threads.count;
  }

  /** The worker threads, for tests that take one away. */
  get workers(): Threads['workers'] {
    return this.#threads.workers;
  }

  createStore(networks: Iterable<NetworkSpec>): Store {
    return new WasmStore(networks, this.#memory, this.#threads, this.#productsWorthThreads);
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

  readonly #productsWorthThreads: number;

  constructor(
    networks: Iterable<NetworkSpec>,
    memory: LinearMemory,
    threads: Threads,
    productsWorthThreads: number,
  ) {
    this.#productsWorthThreads = productsWorthThreads;
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
    const alone = this.#threads.count === 1 || productsOf(graph, batchSize) < this.#productsWorthThreads;
    const shares = alone ? 1 : Math.min(this.#threads.count * SHARES_A_THREAD, SHARDS);
    return new WasmProgram(graph, batchSize, shares, this);
  }

  block(network: string): BlockAddresses {
    const found = this.#blocks.get(network);
    if (!found)
      throw new RangeError(`store: expected one of ${[...this.#blocks.keys()].join(', ')}, got ${network}`);
    return found;
  }

  run(tape: number, shares: number): void {
    this.#threads.run(tape, shares);
  }
}

/** Products in the forward and backward passes of a graph, roughly. */
function productsOf({ nodes, networks }: UpdateGraph, batchSize: number): number {
  return nodes.reduce((sum, node) => {
    const pass = node.kind === 'networkGradient' ? node.of : node;
    if (pass.kind !== 'network' || pass.out.shape.kind !== 'array') return sum;
    const layers = layersOf(networks.get(pass.network)!).slice(pass.first, pass.end);
    const products = layers.reduce((n, { inputs, outputs }) => n + (inputs + 1) * outputs, 0);
    return sum + batchSize * pass.out.shape.rows * products;
  }, 0);
}
