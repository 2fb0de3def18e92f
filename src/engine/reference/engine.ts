/**
 * The reference engine: interprets an update graph node by node in plain TypeScript. It is the oracle that other
 * engines are tested against, so it favours clarity over speed.
 */
import type { Arithmetic, Engine, Program, Section, Store } from '../engine.ts';
import type { UpdateGraph } from '../graph.ts';
import { named } from '../lowering.ts';
import { parameterCount, type NetworkSpec } from '../network-spec.ts';
import { MULTIPLY_ADD, type MultiplyAdd } from './multiply-add.ts';
import { ReferenceProgram, type Blocks } from './program.ts';

/** Engine in plain TypeScript that defines the exact arithmetic. */
export class ReferenceEngine implements Engine {
  readonly name = 'reference';
  readonly exact = true;
  readonly device = 'cpu';
  readonly threads = 1;
  readonly #multiplyAdd: MultiplyAdd;

  constructor(arithmetic: Arithmetic = 'fused') {
    this.#multiplyAdd = MULTIPLY_ADD[arithmetic];
  }

  createStore(networks: Iterable<NetworkSpec>): Store {
    return new ReferenceStore(networks, this.#multiplyAdd);
  }

  dispose(): void {
    // Plain arrays: nothing to free.
  }
}

class ReferenceStore implements Store {
  readonly networks: ReadonlyMap<string, NetworkSpec>;
  readonly #blocks = new Map<string, Blocks>();
  readonly #multiplyAdd: MultiplyAdd;

  constructor(networks: Iterable<NetworkSpec>, multiplyAdd: MultiplyAdd) {
    this.#multiplyAdd = multiplyAdd;
    this.networks = new Map([...networks].map((spec) => [spec.name, spec]));
    for (const spec of this.networks.values()) {
      const block = (): Float32Array => new Float32Array(parameterCount(spec));
      this.#blocks.set(spec.name, { parameters: block(), exp_avg: block(), exp_avg_sq: block() });
    }
  }

  read(section: Section, network: string): Float32Array {
    return this.#block(network)[section].slice();
  }

  write(section: Section, network: string, values: Float32Array): void {
    const block = this.#block(network)[section];
    if (values.length !== block.length)
      throw new RangeError(`${network}: expected ${block.length} numbers, got ${values.length}`);
    block.set(values);
  }

  compile(graph: UpdateGraph, batchSize: number): Program {
    return new ReferenceProgram(graph, batchSize, (network) => this.#block(network), this.#multiplyAdd);
  }

  #block(network: string): Blocks {
    return named(this.#blocks, 'store', network);
  }
}
