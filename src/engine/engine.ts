/**
 * Engine: the interface that computes. A learner describes its update as a graph (builder.ts), an
 * engine compiles it for one batch size, and every later call runs the compiled program over the
 * engine's own memory. All calls are synchronous; only creating an engine may take time (registry.ts).
 */
import type { UpdateGraph } from './graph.ts';
import type { NetworkSpec } from './network-spec.ts';

export type EngineName = 'reference' | 'wasm' | 'tensorflow';

/** What an engine keeps for every network: the parameters and Adam's two moments, all zero at first. */
export type Section = 'parameters' | 'exp_avg' | 'exp_avg_sq';

export interface Engine {
  readonly name: EngineName;
  /** Threads that compute, the calling one included. */
  readonly threads: number;
  /** Memory for these networks. Several stores of one engine are independent of each other. */
  createStore(networks: Iterable<NetworkSpec>): Store;
  /** Ends threads and frees memory; the engine's stores and programs must not be used afterwards. */
  dispose(): void;
}

/** The parameters and moments of a set of networks, in an engine's memory. */
export interface Store {
  readonly networks: ReadonlyMap<string, NetworkSpec>;
  /** A copy of one network's block (network-spec.ts: W0, b0, W1, b1, ... row-major). */
  read(section: Section, network: string): Float32Array;
  /** Replaces one network's block; `values` is copied. Throws RangeError where the length differs. */
  write(section: Section, network: string, values: Float32Array): void;
  /** Plans and compiles a graph for a batch size; its programs work on this store in place. */
  compile(graph: UpdateGraph, batchSize: number): Program;
}

/** A compiled graph. */
export interface Program {
  readonly batchSize: number;
  /** The engine's memory of input node `name`, [B, rows, width]: write into it before run(). Always the same array. */
  input(name: string): Float32Array;
  /** Sets scalar node `name` for the coming runs; rounded to float32. */
  setScalar(name: string, value: number): void;
  /** Executes every node in order. */
  run(): void;
  /**
   * The value of output node `name` after the last run: [B, rows, width], one element for a scalar, or a
   * network's block. A view of the engine's memory, overwritten by the next run: copy what must stay.
   */
  output(name: string): Float32Array;
  /** Frees its memory: neither the program nor its arrays may be used afterwards. */
  dispose(): void;
}
