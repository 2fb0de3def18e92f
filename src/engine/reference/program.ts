/**
 * A compiled graph of the reference engine: one array per value and one closure per node, run in list order. The
 * closures follow graph.ts literally; network.ts and normalize.ts hold the larger ones.
 */
import type { Program, Section } from '../engine.ts';
import { GraphError, rowsOf, slotsOf, widthOf } from '../graph.ts';
import type {
  AdamNode,
  BinaryNode,
  NetworkNode,
  Node,
  NormalizeNode,
  RecurrentNode,
  RowwiseNode,
  UnaryNode,
  UpdateGraph,
  Value,
} from '../graph.ts';
import { inputParts, named } from '../lowering.ts';
import { layersOf, matricesOf, parameterCount, recurrentLayersOf } from '../network-spec.ts';
import { LaneSum } from '../sums.ts';
import { exp, log, sigmoid, softplus, tanh } from './float32.ts';
import { copyJoint, copyRows, copySlots, type Place } from './copies.ts';
import type { MultiplyAdd } from './multiply-add.ts';
import { NetworkPass } from './network.ts';
import { NormalizePass } from './normalize.ts';
import { RecurrentPass } from './recurrent.ts';

const f = Math.fround;

/** One network's parameters and moments, each in block order (network-spec.ts). */
export type Blocks = Readonly<Record<Section, Float32Array>>;

export class ReferenceProgram implements Program {
  readonly #batchSize: number;
  readonly #graph: UpdateGraph;
  readonly #blocks: (network: string) => Blocks;
  readonly #multiplyAdd: MultiplyAdd;
  readonly #arrays: readonly Float32Array[];
  readonly #steps: (() => void)[];
  readonly #passes = new Map<NetworkNode, NetworkPass>();
  readonly #recurrences = new Map<RecurrentNode, RecurrentPass>();
  readonly #normalizations = new Map<NormalizeNode, NormalizePass>();
  readonly #inputs = new Map<string, Float32Array>();
  readonly #scalars = new Map<string, Float32Array>();
  readonly #outputs = new Map<string, Float32Array>();

  constructor(
    graph: UpdateGraph,
    batchSize: number,
    blocks: (network: string) => Blocks,
    multiplyAdd: MultiplyAdd,
  ) {
    this.#multiplyAdd = multiplyAdd;
    this.#batchSize = batchSize;
    this.#graph = graph;
    this.#blocks = blocks;
    this.#arrays = graph.values.map((value) => new Float32Array(this.#length(value)));
    this.#steps = graph.nodes.flatMap((node) => this.#step(node) ?? []);
  }

  input(name: string): Float32Array {
    return named(this.#inputs, 'input', name);
  }

  setScalar(name: string, value: number): void {
    named(this.#scalars, 'scalar', name)[0] = value;
  }

  run(): void {
    for (const step of this.#steps) step();
  }

  output(name: string): Float32Array {
    return named(this.#outputs, 'output', name);
  }

  dispose(): void {
    // Plain arrays: the garbage collector has them.
  }

  #length(value: Value): number {
    const { shape } = value;
    switch (shape.kind) {
      case 'array':
        return this.#batchSize * rowsOf(value) * shape.width;
      case 'scalar':
        return 1;
      case 'parameters':
        return parameterCount(this.#graph.networks.get(shape.network)!);
      case 'ids':
        return 0;
    }
  }

  #array(value: Value): Float32Array {
    return this.#arrays[value.id]!;
  }

  readonly #place = (value: Value): Place => {
    const slots = slotsOf(value);
    const size = this.#length(value) / this.#batchSize / slots;
    return { array: this.#array(value), batchSize: this.#batchSize, slots, size };
  };

  /** A node's work at run time; undefined if there is none. */
  #step(node: Node): (() => void) | undefined {
    switch (node.kind) {
      case 'input':
        this.#inputs.set(node.name, this.#array(node.out));
        return undefined;
      case 'scalar':
        this.#scalars.set(node.name, this.#array(node.out));
        return undefined;
      case 'constant':
        this.#array(node.out)[0] = node.value;
        return undefined;
      case 'ids':
        return undefined;
      case 'output':
        this.#outputs.set(node.name, this.#array(node.x));
        return undefined;
      case 'rows':
        return copyRows(node, this.#place);
      case 'joint':
        return copyJoint(node, this.#place);
      case 'slots':
        return copySlots(node, this.#place);
      case 'network':
        return this.#network(node);
      case 'networkGradient': {
        const pass = this.#passes.get(node.of)!;
        const upstream = this.#array(node.upstream);
        const parameters = node.parameters && this.#array(node.parameters);
        const parts = node.parts.map((part) => part && this.#array(part));
        return () => {
          pass.backward(upstream, parameters, parts);
        };
      }
      case 'recurrent':
        return this.#recurrent(node);
      case 'recurrentGradient': {
        const pass = this.#recurrences.get(node.of)!;
        const upstream = this.#array(node.upstream);
        const [parameters, x] = [node.parameters, node.x].map((value) => value && this.#array(value));
        return () => {
          pass.backward(upstream, parameters, x);
        };
      }
      case 'normalize':
        return this.#normalize(node);
      case 'normalizeGradient': {
        const pass = this.#normalizations.get(node.of)!;
        const upstream = this.#array(node.upstream);
        const [parameters, x] = [node.parameters, node.x].map((value) => value && this.#array(value));
        return () => {
          pass.backward(upstream, parameters, x);
        };
      }
      case 'unary':
        return this.#unary(node);
      case 'binary':
        return this.#binary(node);
      case 'rowwise':
        return this.#rowwise(node);
      case 'rowSum': {
        const [x, out, width] = [this.#array(node.x), this.#array(node.out), widthOf(node.x)];
        return () => {
          for (let r = 0; r < out.length; r++) {
            let sum = 0;
            for (let c = 0; c < width; c++) sum = f(sum + x[r * width + c]!);
            out[r] = sum;
          }
        };
      }
      case 'repeat': {
        const [x, out, width] = [this.#array(node.x), this.#array(node.out), widthOf(node.out)];
        return () => {
          for (let k = 0; k < out.length; k++) out[k] = x[Math.floor(k / width)]!;
        };
      }
      case 'expand': {
        const [x, out] = [this.#array(node.x), this.#array(node.out)];
        return () => out.fill(x[0]!);
      }
      case 'count':
        this.#array(node.out)[0] = this.#length(node.x);
        return undefined;
      case 'sum': {
        const [x, out] = [this.#array(node.x), this.#array(node.out)];
        return () => {
          const sum = new LaneSum();
          x.forEach((term, k) => {
            sum.add(k, term);
          });
          out[0] = sum.total;
        };
      }
      case 'norm':
        return this.#norm(node.xs, node.out);
      case 'adam':
        return this.#adam(node);
      case 'softUpdate':
        return this.#softUpdate(node.target, node.online, node.tau);
    }
  }

  #network(node: NetworkNode): () => void {
    const spec = this.#graph.networks.get(node.network)!;
    const parts = inputParts(this.#graph, node).map((part) => ({ ...part, data: this.#array(part.value) }));
    const block = this.#blocks(node.network).parameters;
    const out = this.#array(node.out);
    const slots = slotsOf(node.out);
    const shape = { slots, rows: rowsOf(node.out) / slots };
    const pass = new NetworkPass(spec, node, block, parts, shape, this.#batchSize, out, this.#multiplyAdd);
    this.#passes.set(node, pass);
    return () => {
      pass.forward();
    };
  }

  #recurrent(node: RecurrentNode): () => void {
    const layer = recurrentLayersOf(this.#graph.networks.get(node.network)!)[node.layer]!;
    const block = this.#blocks(node.network).parameters;
    const arrays = {
      x: this.#array(node.x),
      initial: node.initial.map((value) => this.#array(value)),
      out: this.#array(node.out),
      cells: node.cells && this.#array(node.cells),
    };
    const slots = slotsOf(node.out);
    const shape = { batchSize: this.#batchSize, slots, rows: rowsOf(node.out) / slots };
    const pass = new RecurrentPass(layer, block, arrays, shape, this.#multiplyAdd);
    this.#recurrences.set(node, pass);
    return () => {
      pass.forward();
    };
  }

  #normalize(node: NormalizeNode): () => void {
    const shape = { rows: rowsOf(node.x), width: widthOf(node.x) };
    const { normalization } = layersOf(this.#graph.networks.get(node.network)!)[node.layer]!;
    const block = this.#blocks(node.network).parameters;
    const [x, out] = [this.#array(node.x), this.#array(node.out)];
    const pass = new NormalizePass(normalization!, block, x, out, shape, this.#batchSize);
    this.#normalizations.set(node, pass);
    return () => {
      pass.forward();
    };
  }

  #unary({ operation, x, out }: UnaryNode): () => void {
    const [from, to] = [this.#array(x), this.#array(out)];
    const apply = ((): ((v: number) => number) => {
      switch (operation.name) {
        case 'scale': {
          const by = f(operation.by);
          return (v) => v * by;
        }
        case 'square':
          return (v) => v * v;
        case 'exp':
          return exp;
        case 'log':
          return log;
        case 'softplus':
          return softplus;
        case 'sigmoid':
          return sigmoid;
        case 'tanh':
          return tanh;
        case 'clip': {
          const [low, high] = [f(operation.low), f(operation.high)];
          return (v) => Math.min(Math.max(v, low), high);
        }
      }
    })();
    return () => {
      for (let k = 0; k < to.length; k++) to[k] = apply(from[k]!);
    };
  }

  #binary({ operation, a, b, out }: BinaryNode): () => void {
    const [x, y, to] = [this.#array(a), this.#array(b), this.#array(out)];
    const strideX = a.shape.kind === 'scalar' ? 0 : 1;
    const strideY = b.shape.kind === 'scalar' ? 0 : 1;
    const apply = {
      add: (p: number, q: number) => p + q,
      subtract: (p: number, q: number) => p - q,
      multiply: (p: number, q: number) => p * q,
      divide: (p: number, q: number) => p / q,
      minimum: (p: number, q: number) => Math.min(p, q),
      maximum: (p: number, q: number) => Math.max(p, q),
      at_most: (p: number, q: number) => (p <= q ? 1 : 0),
    }[operation];
    return () => {
      for (let k = 0; k < to.length; k++) to[k] = apply(x[k * strideX]!, y[k * strideY]!);
    };
  }

  #rowwise({ operation, x, out }: RowwiseNode): () => void {
    const [from, to, width] = [this.#array(x), this.#array(out), widthOf(out)];
    const apply = operation === 'softmax' ? softmax : oneHot;
    return () => {
      for (let at = 0; at < to.length; at += width)
        apply(from.subarray(at, at + width), to.subarray(at, at + width));
    };
  }

  #norm(xs: readonly Value[], out: Value): () => void {
    const blocks = xs.map(({ id, shape }) => {
      if (shape.kind !== 'parameters') throw new GraphError('norm: expected parameters');
      return { block: this.#arrays[id]!, matrices: matricesOf(this.#graph.networks.get(shape.network)!) };
    });
    const to = this.#array(out);
    return () => {
      const sum = new LaneSum();
      for (const { block, matrices } of blocks)
        for (const { offset, rows, columns } of matrices)
          for (let k = 0; k < rows * columns; k++)
            sum.add(k % columns, block[offset + k]! * block[offset + k]!);
      to[0] = Math.sqrt(sum.total);
    };
  }

  #adam(node: AdamNode): () => void {
    const { parameters: p, exp_avg: m, exp_avg_sq: v } = this.#blocks(node.network);
    const gradient = this.#array(node.gradient);
    const [stepSize, correction] = [this.#array(node.stepSize), this.#array(node.correction)];
    const [beta1, beta2, epsilon] = [f(node.beta1), f(node.beta2), f(node.epsilon)];
    const [rest1, rest2] = [f(1 - node.beta1), f(1 - node.beta2)];
    return () => {
      for (let k = 0; k < p.length; k++) {
        const g = gradient[k]!;
        m[k] = f(beta1 * m[k]!) + f(rest1 * g);
        v[k] = f(beta2 * v[k]!) + f(rest2 * f(g * g));
        const denominator = f(f(f(Math.sqrt(v[k]!)) / correction[0]!) + epsilon);
        p[k] = p[k]! - f(stepSize[0]! * f(m[k]! / denominator));
      }
    };
  }

  #softUpdate(target: string, online: string, tau: Value): () => void {
    const [to, from] = [this.#blocks(target).parameters, this.#blocks(online).parameters];
    const rate = this.#array(tau);
    return () => {
      const keep = f(1 - rate[0]!);
      for (let k = 0; k < to.length; k++) to[k] = f(keep * to[k]!) + f(rate[0]! * from[k]!);
    };
  }
}

function softmax(x: Float32Array, out: Float32Array): void {
  let largest = x[0]!;
  for (const value of x) largest = Math.max(largest, value);
  let sum = 0;
  x.forEach((value, c) => {
    out[c] = exp(f(value - largest));
    sum = f(sum + out[c]);
  });
  out.forEach((e, c) => (out[c] = e / sum));
}

function oneHot(x: Float32Array, out: Float32Array): void {
  let best = 0;
  x.forEach((value, c) => {
    if (value > x[best]!) best = c;
  });
  out.fill(0);
  out[best] = 1;
}
