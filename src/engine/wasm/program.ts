/**
 * Compiles an update graph for the WebAssembly engine: assigns an address to every value, emits every node as kernel
 * calls on a tape, and runs that tape.
 */
import type { Program } from '../engine.ts';
import { rowsOf, slotsOf, widthOf } from '../graph.ts';
import type {
  AdamNode,
  NetworkNode,
  NormalizeNode,
  Node,
  NormNode,
  RecurrentNode,
  Shape,
  UpdateGraph,
  Value,
} from '../graph.ts';
import { aliasOf, inputParts, named } from '../lowering.ts';
import { ArithmeticPlan, perSample, splitOf } from './arithmetic-plan.ts';
import type { BlockLayout } from './block-layout.ts';
import * as OP from './codes/opcodes.ts';
import { CopyPlan } from './copy-plan.ts';
import { Arena, type LinearMemory } from './memory.ts';
import { NetworkPlan } from './network-plan.ts';
import { NormalizePlan } from './normalize-plan.ts';
import { Pace } from './pace.ts';
import { recurrentLayersOf } from '../network-spec.ts';
import type { PartPlan, PlanContext } from './plan-context.ts';
import { RecurrentPlan } from './recurrent-plan.ts';
import { TapeWriter, type Access } from './tape.ts';

/** Addresses of a network's blocks. */
export interface BlockAddresses {
  readonly layout: BlockLayout;
  readonly parameters: number;
  readonly exp_avg: number;
  readonly exp_avg_sq: number;
}

export interface ProgramHost {
  readonly memory: LinearMemory;
  block(network: string): BlockAddresses;
  /** Runs a tape in so many shares, at most those it was planned for; with one, only the calling thread works. */
  run(tape: number, shares: number): void;
  /** A clock in milliseconds, if runs may take fewer threads where that is faster. */
  readonly clock?: (() => number) | undefined;
}

export class WasmProgram implements Program {
  readonly #batchSize: number;
  readonly #graph: UpdateGraph;
  readonly #host: ProgramHost;
  readonly #arena: Arena;
  readonly #context: PlanContext;
  readonly #copies: CopyPlan;
  readonly #arithmetic: ArithmeticPlan;
  readonly #tapeAt: number;
  readonly #addresses = new Map<Value, number>();
  readonly #plans = new Map<NetworkNode, NetworkPlan>();
  readonly #recurrences = new Map<RecurrentNode, RecurrentPlan>();
  readonly #normalizations = new Map<NormalizeNode, NormalizePlan>();
  readonly #inputs = new Map<string, Float32Array>();
  readonly #scalars = new Map<string, Float32Array>();
  readonly #outputs = new Map<string, () => Float32Array>();
  readonly #pace: Pace | undefined;
  #disposed = false;

  constructor(graph: UpdateGraph, batchSize: number, shares: number, host: ProgramHost) {
    this.#batchSize = batchSize;
    this.#graph = graph;
    this.#host = host;
    this.#pace = host.clock && shares > 1 ? new Pace(shares, host.clock) : undefined;
    const tape = new TapeWriter(batchSize, shares);
    const scratches = new Map<string, number>();
    const packed = new Map<string, Set<string>>();
    this.#arena = new Arena(host.memory);
    this.#context = {
      arena: this.#arena,
      tape,
      batchSize,
      shares,
      scratch: (purpose, floats) => {
        const key = `${purpose} ${floats}`;
        const at = scratches.get(key) ?? this.#arena.floats(floats);
        scratches.set(key, at);
        return at;
      },
      mustPack: (network, key) => {
        const keys = packed.get(network) ?? new Set();
        packed.set(network, keys);
        return keys.size < keys.add(key).size;
      },
    };
    const at = (value: Value): number => this.#at(value);
    this.#copies = new CopyPlan(tape, at);
    this.#arithmetic = new ArithmeticPlan(tape, { at, length: (value) => this.#length(value.shape) });
    try {
      for (const node of graph.nodes) {
        this.#plan(node);
        if (node.kind === 'adam') packed.delete(node.network);
        if (node.kind === 'softUpdate') packed.delete(node.target);
      }
      const words = tape.finish();
      this.#tapeAt = this.#arena.allocate(words.byteLength);
      host.memory.words(this.#tapeAt, words.length).set(words);
    } catch (error) {
      this.#arena.free(); // the memory is full, but not for a smaller batch
      throw error;
    }
  }

  input(name: string): Float32Array {
    return named(this.#inputs, 'input', name);
  }

  setScalar(name: string, value: number): void {
    named(this.#scalars, 'scalar', name)[0] = value;
  }

  run(): void {
    this.#requireMemory();
    if (this.#pace) this.#pace.run(this.#runIn);
    else this.#host.run(this.#tapeAt, this.#context.shares);
  }

  readonly #runIn = (shares: number): void => {
    this.#host.run(this.#tapeAt, shares);
  };

  output(name: string): Float32Array {
    this.#requireMemory();
    return named(this.#outputs, 'output', name)();
  }

  dispose(): void {
    this.#disposed = true;
    this.#arena.free();
  }

  #requireMemory(): void {
    if (this.#disposed) throw new RangeError('program: expected one in use, got one that was disposed of');
  }

  /** Each kernel call of the tape on its own, for profiling. Running them out of order leaves garbage in the arrays. */
  calls(): { readonly kernel: string; readonly run: () => void }[] {
    const { memory } = this.#host;
    const calls: { kernel: string; run: () => void }[] = [];
    const header = memory.words(this.#tapeAt, 1);
    for (let at = this.#tapeAt + 4; ;) {
      const [op, count] = memory.words(at, 2);
      const words = memory.words(at, 2 + count!);
      at += words.byteLength;
      if (op === OP.end) return calls;
      const tape = this.#arena.allocate(words.byteLength + 12);
      memory.words(tape, words.length + 3).set([...header, ...words, OP.end, 0]);
      const kernel = Object.entries(OP).find(([, code]) => code === op)![0];
      calls.push({
        kernel,
        run: () => {
          this.#host.run(tape, this.#context.shares);
        },
      });
    }
  }

  #plan(node: Node): void {
    const { tape } = this.#context;
    switch (node.kind) {
      case 'input':
        this.#inputs.set(node.name, this.#view(node.out));
        return;
      case 'scalar':
        this.#scalars.set(node.name, this.#view(node.out));
        return;
      case 'constant':
        this.#view(node.out)[0] = node.value;
        return;
      case 'count':
        this.#view(node.out)[0] = this.#length(node.x.shape);
        return;
      case 'ids':
        return;
      case 'output':
        this.#outputs.set(node.name, this.#reader(node.x));
        return;
      case 'rows':
      case 'joint': {
        const alias = aliasOf(node);
        if (alias) this.#addresses.set(node.out, this.#at(alias));
        else this.#copies.plan(node);
        return;
      }
      case 'slots':
        this.#copies.plan(node);
        return;
      case 'network':
        this.#network(node);
        return;
      case 'networkGradient': {
        const at = (value: Value | undefined): number | undefined => value && this.#at(value);
        this.#plans.get(node.of)!.backward(this.#at(node.upstream), at(node.parameters), node.parts.map(at));
        return;
      }
      case 'recurrent':
        this.#recurrent(node);
        return;
      case 'recurrentGradient': {
        const at = (value: Value | undefined): number | undefined => value && this.#at(value);
        this.#recurrences.get(node.of)!.backward(this.#at(node.upstream), at(node.parameters), at(node.x));
        return;
      }
      case 'normalize':
        this.#normalize(node);
        return;
      case 'normalizeGradient': {
        const at = (value: Value | undefined): number | undefined => value && this.#at(value);
        this.#normalizations.get(node.of)!.backward(this.#at(node.upstream), at(node.parameters), at(node.x));
        return;
      }
      case 'unary':
      case 'binary':
      case 'rowwise':
      case 'rowSum':
      case 'repeat':
      case 'expand':
      case 'sum':
        this.#arithmetic.plan(node);
        return;
      case 'norm':
        this.#norm(node);
        return;
      case 'adam':
        this.#adam(node);
        return;
      case 'softUpdate': {
        const [target, online] = [this.#host.block(node.target), this.#host.block(node.online)];
        tape.call(
          OP.softUpdate,
          [target.layout.length, target.parameters, online.parameters, this.#at(node.tau)],
          [{ at: online.parameters, split: 'range' }, this.#access(node.tau)],
          [{ at: target.parameters, split: 'range' }],
        );
        return;
      }
    }
    // Exhaustiveness check: an unhandled kind of node does not compile.
    node satisfies never;
  }

  #network(node: NetworkNode): void {
    const parts = inputParts(this.#graph, node).map((part): PartPlan => ({
      ...part,
      at: part.kind === 'ids' ? 0 : this.#at(part.value),
    }));
    const spec = this.#graph.networks.get(node.network)!;
    const { layout, parameters } = this.#host.block(node.network);
    const plan = new NetworkPlan(this.#context, spec, node, layout, parameters, parts, rowsOfSlots(node.out));
    this.#plans.set(node, plan);
    plan.forward(this.#at(node.out));
  }

  #recurrent(node: RecurrentNode): void {
    const { network, layer: index } = node;
    const { layout, parameters: block } = this.#host.block(network);
    const layer = recurrentLayersOf(this.#graph.networks.get(network)!)[index]!;
    const places = {
      ...{ block, x: this.#at(node.x), initial: node.initial.map((value) => this.#at(value)) },
      ...{ out: this.#at(node.out), cells: node.cells ? this.#at(node.cells) : 0 },
    };
    const named = { network, index, layer };
    const plan = new RecurrentPlan(
      this.#context,
      named,
      layout.recurrent[index]!,
      places,
      rowsOfSlots(node.out),
    );
    this.#recurrences.set(node, plan);
    plan.forward();
  }

  #normalize(node: NormalizeNode): void {
    const { layout, parameters: block } = this.#host.block(node.network);
    const plan = new NormalizePlan(this.#context, {
      ...{ block, ...layout.layers[node.layer]!.normalization! },
      ...{ x: this.#at(node.x), rows: rowsOf(node.x), width: widthOf(node.x) },
    });
    this.#normalizations.set(node, plan);
    plan.forward(this.#at(node.out));
  }

  #norm({ xs, out }: NormNode): void {
    const { shares, tape } = this.#context;
    const perShare = 64;
    const lanes = this.#context.scratch('lanes', (shares * perShare) / 4);
    const blocks = xs.flatMap((x) => [this.#length(x.shape), this.#at(x)]);
    tape.call(
      OP.norm,
      [this.#at(out), lanes, perShare, xs.length, ...blocks],
      xs.map((x) => ({ at: this.#at(x), split: 'all' })),
      [this.#access(out)],
    );
  }

  #adam(node: AdamNode): void {
    const { layout, parameters, exp_avg, exp_avg_sq } = this.#host.block(node.network);
    const scalars = [node.stepSize, node.correction];
    const range = (at: number): Access => ({ at, split: 'range' });
    this.#context.tape.call(
      OP.adam,
      [
        ...[layout.length, parameters, exp_avg, exp_avg_sq, this.#at(node.gradient)],
        ...scalars.map((x) => this.#at(x)),
        ...[node.beta1, 1 - node.beta1, node.beta2, 1 - node.beta2, node.epsilon].map((real) => ({ real })),
      ],
      [this.#access(node.gradient), ...scalars.map((x) => this.#access(x))],
      [range(parameters), range(exp_avg), range(exp_avg_sq)],
    );
  }

  /** Address of a value, allocated on first use. */
  #at(value: Value): number {
    const known = this.#addresses.get(value);
    if (known !== undefined) return known;
    const at = this.#arena.floats(this.#length(value.shape));
    this.#addresses.set(value, at);
    return at;
  }

  /** Elements in memory. A network's gradient is padded like its block. */
  #length(shape: Shape): number {
    if (shape.kind === 'parameters') return this.#host.block(shape.network).layout.length;
    return shape.kind === 'scalar' ? 1 : this.#batchSize * perSample(shape);
  }

  #view(value: Value): Float32Array {
    return this.#host.memory.view(this.#at(value), this.#length(value.shape));
  }

  #reader(x: Value): () => Float32Array {
    const view = this.#view(x);
    if (x.shape.kind !== 'parameters') return () => view;
    const { layout } = this.#host.block(x.shape.network);
    return () => layout.toDense(view);
  }

  /** The part of a value that each share of an element-wise call touches. */
  #access(value: Value): Access {
    return { at: this.#at(value), split: splitOf(value.shape) };
  }
}

/** Slots of a sample, and rows of each. */
function rowsOfSlots(value: Value): { slots: number; rows: number } {
  const slots = slotsOf(value);
  return { slots, rows: rowsOf(value) / slots };
}
