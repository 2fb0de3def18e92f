/**
 * The compute backend interface. A learner describes its update as a graph (builder.ts); an engine compiles it for a
 * batch size and runs it over its own memory. Everything but creating an engine (registry.ts) is synchronous.
 */
import type { UpdateGraph } from './graph.ts';
import type { NetworkSpec } from './network-spec.ts';

export type EngineName = 'reference' | 'wasm' | 'tensorflow';

/** How products are summed in networks: `fused` rounds product and sum together, `plain` one after the other. */
export type Arithmetic = 'fused' | 'plain';

/** The state of a network: parameters and Adam's two moments, all initially zero. */
export type Section = 'parameters' | 'exp_avg' | 'exp_avg_sq';

export interface Engine {
  readonly name: EngineName;
  /** Whether results equal the reference engine's bit for bit; otherwise they agree within float32 rounding. */
  readonly exact: boolean;
  /** Where it computes. */
  readonly device: 'cpu' | 'gpu';
  /** Compute threads, including the calling one. */
  readonly threads: number;
  /** A one-line warning if the engine is slow on this machine. */
  readonly notice?: string;
  /** Allocates memory for these networks. Stores of one engine are independent. */
  createStore(networks: Iterable<NetworkSpec>): Store;
  /** Stops threads and frees memory; the engine's stores and programs must not be used afterwards. */
  dispose(): void;
}

/** Parameters and moments of a set of networks, in an engine's memory. */
export interface Store {
  readonly networks: ReadonlyMap<string, NetworkSpec>;
  /** A copy of a network's block (network-spec.ts: W0, b0, W1, b1, ... row-major). */
  read(section: Section, network: string): Float32Array;
  /** Copies `values` into a network's block. Throws RangeError if the length differs. */
  write(section: Section, network: string, values: Float32Array): void;
  /** Compiles a graph for a batch size; the program updates this store in place. */
  compile(graph: UpdateGraph, batchSize: number): Program;
}

/** A compiled graph. */
export interface Program {
  /** Input node `name`, [B, slots, rows, width], in the engine's memory: fill it before run(). Always the same array. */
  input(name: string): Float32Array;
  /** Sets scalar node `name` for subsequent runs, rounded to float32. */
  setScalar(name: string, value: number): void;
  /** Executes all nodes in order. */
  run(): void;
  /**
   * Output node `name` after the last run: [B, slots, rows, width], one element for a scalar, or a network's block. May
   * be a view of the engine's memory that the next run overwrites: copy what you keep.
   */
  output(name: string): Float32Array;
  /** Frees its memory: neither the program nor its arrays may be used afterwards. */
  dispose(): void;
}
