/**
 * The WebAssembly engine: SIMD kernels and threads over one linear memory. Compiles a graph to one memory plan
 * and one list of kernel calls (program.ts); the numbers are those of the reference engine, bit for bit.
 */
import type { Arithmetic, Engine, Program, Section, Store } from '../engine.ts';
import { rowsOf, type UpdateGraph } from '../graph.ts';
import { named } from '../lowering.ts';
import { layersOf, recurrentLayersOf, type NetworkSpec } from '../network-spec.ts';
import { SHARDS } from '../sums.ts';
import { BlockLayout } from './block-layout.ts';
import type { WasmHost } from './host.ts';
import { clock, kernelsFor } from './kernels.ts';
import { LinearMemory } from './memory.ts';
import { WasmProgram, type BlockAddresses, type ProgramHost } from './program.ts';
import { Threads } from './threads.ts';

/** Most threads for `threads: auto`: more gain little at usual sizes. */
const AUTOMATIC_THREADS = 4;

/** Smaller runs, such as acting for a few environments, end before other threads have woken up. */
const PRODUCTS_WORTH_THREADS = 2e6;

/** A slow or late thread leaves its second share to the others. */
const SHARES_A_THREAD = 2;

/** The factor: `maddpg bench --kernels`. */
const EMULATED =
  'engine wasm: this processor or this Node has no fused multiply-add, and emulating it takes 15 to 25 times as long; ' +
  'arithmetic: plain is fast everywhere';

/** Threads that a request means on a machine of so many cores. */
export function threadsOf(requested: number | 'auto', cores: number): number {
  return requested === 'auto' ? Math.min(cores, AUTOMATIC_THREADS) : requested;
}

/** Shares into which a program of so many products is divided. */
export function sharesOf(threads: number, products: number, worthThreads = PRODUCTS_WORTH_THREADS): number {
  return threads === 1 || products < worthThreads ? 1 : Math.min(threads * SHARES_A_THREAD, SHARDS);
}

export interface WasmEngineOptions {
  readonly arithmetic?: Arithmetic;
  /** Graphs with fewer products than this run on the calling thread alone. */
  readonly productsWorthThreads?: number;
}

export class WasmEngine implements Engine {
  readonly name = 'wasm';
  readonly exact = true;
  readonly device = 'cpu';
  readonly notice?: string;
  readonly #parts: EngineParts;

  private constructor(parts: EngineParts, emulated: boolean) {
    if (emulated) this.notice = EMULATED;
    this.#parts = parts;
  }

  /**
   * @param requested 1 to 8, the calling thread included; 1 starts no worker. `auto`: one for each core, at most four, of
   *   which a program uses one or all, whichever is faster. A host without shared memory has one thread at most.
   */
  static async create(
    host: WasmHost,
    requested: number | 'auto',
    { arithmetic = 'fused', productsWorthThreads = PRODUCTS_WORTH_THREADS }: WasmEngineOptions = {},
  ): Promise<WasmEngine> {
    const threads = threadsOf(requested, host.cores);
    if (!Number.isInteger(threads) || threads < 1 || threads > SHARDS)
      throw new RangeError(`threads: expected an integer from 1 to ${SHARDS}, got ${threads}`);
    const memory = new LinearMemory(host.shared);
    const { build, module } = await kernelsFor(host, arithmetic, memory.memory);
    const team = await Threads.start(host, module, memory, host.shared ? threads : 1);
    const paced = requested === 'auto' ? clock : undefined;
    return new WasmEngine(
      { memory, threads: team, productsWorthThreads, clock: paced },
      build === 'emulated',
    );
  }

  get threads(): number {
    return this.#parts.threads.count;
  }

  /** The worker threads, for tests that take one away. */
  get workers(): Threads['workers'] {
    return this.#parts.threads.workers;
  }

  createStore(networks: Iterable<NetworkSpec>): Store {
    return new WasmStore(networks, this.#parts);
  }

  dispose(): void {
    this.#parts.threads.dispose();
  }
}

/** What an engine's stores share. */
interface EngineParts {
  readonly memory: LinearMemory;
  readonly threads: Threads;
  readonly productsWorthThreads: number;
  /** With `threads: auto` (pace.ts). */
  readonly clock: (() => number) | undefined;
}

class WasmStore implements Store, ProgramHost {
  readonly networks: ReadonlyMap<string, NetworkSpec>;
  readonly memory: LinearMemory;
  readonly clock: EngineParts['clock'];
  readonly #parts: EngineParts;
  readonly #blocks: ReadonlyMap<string, BlockAddresses>;

  constructor(networks: Iterable<NetworkSpec>, parts: EngineParts) {
    const { memory, clock } = parts;
    this.#parts = parts;
    this.clock = clock;
    this.networks = new Map([...networks].map((spec) => [spec.name, spec]));
    this.memory = memory;
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
    const { threads, productsWorthThreads } = this.#parts;
    const shares = sharesOf(threads.count, productsOf(graph, batchSize), productsWorthThreads);
    return new WasmProgram(graph, batchSize, shares, this);
  }

  block(network: string): BlockAddresses {
    return named(this.#blocks, 'store', network);
  }

  run(tape: number, shares: number): void {
    this.#parts.threads.run(tape, shares);
  }
}

/** Products in the forward and backward passes of a graph, roughly. */
function productsOf({ nodes, networks }: UpdateGraph, batchSize: number): number {
  return nodes.reduce((sum, node) => {
    const pass = node.kind === 'networkGradient' || node.kind === 'recurrentGradient' ? node.of : node;
    if (pass.kind === 'recurrent') {
      const { inputs, width, gates } = recurrentLayersOf(networks.get(pass.network)!)[pass.layer]!;
      return sum + batchSize * rowsOf(pass.out) * (inputs + width + 1) * gates;
    }
    if (pass.kind !== 'network' || pass.out.shape.kind !== 'array') return sum;
    const layers = layersOf(networks.get(pass.network)!).slice(pass.first, pass.end);
    const products = layers.reduce((n, { inputs, outputs }) => n + (inputs + 1) * outputs, 0);
    return sum + batchSize * rowsOf(pass.out) * products;
  }, 0);
}
