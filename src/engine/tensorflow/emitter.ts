/**
 * Translates an update graph into TensorFlow operations: one program of a store's SavedModel. Arrays [B, slots, rows, width]
 * become matrices [B slots rows, width]. Parameters, moments and gradients of a network are vectors in block order, so an
 * optimizer step is a dozen operations whatever the number of layers. Variable assignments are effects, which the
 * program's final operation waits for.
 */
import { widthOf } from '../graph.ts';
import type { AdamNode, Node, UpdateGraph, Value } from '../graph.ts';
import { aliasOf, inputParts } from '../lowering.ts';
import type { NetworkSpec } from '../network-spec.ts';
import { splitBlock, type BlockTensors, type RecurrentTensors } from './block-tensors.ts';
import { emitCopy, matrixOf } from './copy-emitter.ts';
import type { GraphDefBuilder, TensorName } from './graph-def.ts';
import { NetworkEmitter, type NetworkContext } from './network-emitter.ts';
import { NormalizeEmitter } from './normalize-emitter.ts';
import { Operations, T } from './operations.ts';
import { RecurrentEmitter } from './recurrent-emitter.ts';

/** Handles of a network's variables; each holds a block. */
export interface Variables {
  readonly parameters: TensorName;
  readonly exp_avg: TensorName;
  readonly exp_avg_sq: TensorName;
}

/** What a run feeds and fetches. */
export interface EmittedProgram {
  readonly inputs: readonly {
    readonly name: string;
    readonly tensor: TensorName;
    readonly shape: [number, number];
  }[];
  /** Names of the scalars, in the order of the vector `scalarsTensor`. */
  readonly scalars: readonly string[];
  readonly scalarsTensor: TensorName | undefined;
  /** Names of the scalar outputs, in the order of the vector `done`; fetching `done` also waits for all effects. */
  readonly scalarOutputs: readonly string[];
  readonly done: TensorName;
  readonly arrayOutputs: readonly {
    readonly name: string;
    readonly tensor: TensorName;
    readonly length: number;
  }[];
  /** Variables that hold network gradients for reading after a run. */
  readonly gradientOutputs: readonly { readonly name: string; readonly handle: TensorName }[];
}

/** A network's parameters at one point of the node list. */
interface Current {
  readonly block: TensorName;
  split?: BlockTensors;
}

export class Emitter {
  readonly #builder: GraphDefBuilder;
  readonly #ops: Operations;
  readonly #networks: NetworkEmitter;
  readonly #recurrences: RecurrentEmitter;
  readonly #normalizations: NormalizeEmitter;
  readonly #graph: UpdateGraph;
  readonly #batchSize: number;
  readonly #prefix: string;
  readonly #variables: (network: string) => Variables;
  readonly #values = new Map<Value, TensorName>();
  /** Current parameters by network; split into layers on first use. */
  readonly #parameters = new Map<string, Current>();
  readonly #effects: TensorName[] = [];
  readonly #inputs: EmittedProgram['inputs'][number][] = [];
  /** Names of the scalars, in the order of their vector. */
  #scalars: readonly string[] = [];
  readonly #scalarOutputs: { name: string; tensor: TensorName }[] = [];
  readonly #arrayOutputs: EmittedProgram['arrayOutputs'][number][] = [];
  readonly #gradientOutputs: EmittedProgram['gradientOutputs'][number][] = [];

  constructor(
    builder: GraphDefBuilder,
    graph: UpdateGraph,
    batchSize: number,
    prefix: string,
    variables: (network: string) => Variables,
  ) {
    this.#builder = builder;
    this.#graph = graph;
    this.#batchSize = batchSize;
    this.#prefix = prefix;
    this.#variables = variables;
    this.#ops = new Operations(builder);
    const context: NetworkContext = {
      batchSize,
      spec: (network) => this.#spec(network),
      layers: (network) => this.#split(network).layers,
      parts: (node) => inputParts(this.#graph, node),
      get: (value) => this.#get(value),
      set: (value, tensor) => {
        this.#set(value, tensor);
      },
    };
    this.#networks = new NetworkEmitter(this.#ops, context);
    const recurrent = (network: string): readonly RecurrentTensors[] => this.#split(network).recurrent;
    this.#recurrences = new RecurrentEmitter(this.#ops, { ...context, recurrent });
    this.#normalizations = new NormalizeEmitter(this.#ops, context);
  }

  emit(): EmittedProgram {
    const scalarsTensor = this.#emitScalars();
    for (const node of this.#graph.nodes) this.#node(node);
    const packed =
      this.#scalarOutputs.length > 0
        ? this.#ops.op(
            'Pack',
            this.#scalarOutputs.map(({ tensor }) => tensor),
            {
              ...T,
              N: { int: this.#scalarOutputs.length },
              axis: { int: 0 },
            },
          )
        : this.#builder.floats([0], [1]);
    const done = this.#builder.op('Identity', [packed], T, {
      name: `${this.#prefix}/done`,
      after: this.#effects,
    });
    return {
      inputs: this.#inputs,
      scalars: this.#scalars,
      scalarsTensor,
      scalarOutputs: this.#scalarOutputs.map(({ name }) => name),
      done,
      arrayOutputs: this.#arrayOutputs,
      gradientOutputs: this.#gradientOutputs,
    };
  }

  /** Feeds all scalars as one vector. */
  #emitScalars(): TensorName | undefined {
    const nodes = this.#graph.nodes.filter((node) => node.kind === 'scalar');
    if (nodes.length === 0) return undefined;
    const names = [...new Set(nodes.map(({ name }) => name))];
    const vector = this.#placeholder('scalars', [names.length]);
    const parts = this.#ops.op('Unpack', [vector], { ...T, num: { int: names.length }, axis: { int: 0 } });
    for (const { name, out } of nodes) {
      const index = names.indexOf(name);
      this.#set(out, index === 0 ? parts : `${parts}:${index}`);
    }
    this.#scalars = names;
    return vector;
  }

  #placeholder(name: string, shape: readonly number[]): TensorName {
    const attributes = { dtype: { type: 'float' }, shape: { shape } } as const;
    return this.#builder.op('Placeholder', [], attributes, { name: `${this.#prefix}/${name}` });
  }

  #node(node: Node): void {
    switch (node.kind) {
      case 'input': {
        const shape = matrixOf(node.out, this.#batchSize);
        const tensor = this.#placeholder(node.name, shape);
        this.#inputs.push({ name: node.name, tensor, shape });
        this.#set(node.out, tensor);
        return;
      }
      case 'scalar':
      case 'ids':
        return;
      case 'constant':
        this.#set(node.out, this.#builder.floats([node.value], []));
        return;
      case 'count': {
        const [rows, width] = matrixOf(node.x, this.#batchSize);
        this.#set(node.out, this.#builder.floats([rows * width], []));
        return;
      }
      case 'rows':
      case 'joint': {
        const alias = aliasOf(node);
        if (alias)
          this.#set(node.out, this.#ops.reshape(this.#get(alias), matrixOf(node.out, this.#batchSize)));
        else
          this.#set(
            node.out,
            emitCopy(this.#ops, this.#batchSize, node, (x) => this.#get(x)),
          );
        return;
      }
      case 'slots':
        this.#set(
          node.out,
          emitCopy(this.#ops, this.#batchSize, node, (x) => this.#get(x)),
        );
        return;
      case 'network':
        this.#set(node.out, this.#networks.forward(node));
        return;
      case 'networkGradient':
        this.#networks.backward(node);
        return;
      case 'recurrent':
        this.#recurrences.forward(node);
        return;
      case 'recurrentGradient':
        this.#recurrences.backward(node);
        return;
      case 'normalize':
        this.#set(node.out, this.#normalizations.forward(node));
        return;
      case 'normalizeGradient':
        this.#normalizations.backward(node);
        return;
      case 'unary':
        this.#set(node.out, this.#ops.unary(node.operation, this.#get(node.x)));
        return;
      case 'binary':
        this.#set(node.out, this.#ops.binary(node.operation, this.#get(node.a), this.#get(node.b)));
        return;
      case 'rowwise':
        this.#set(node.out, this.#ops.rowwise(node.operation, this.#get(node.x), widthOf(node.out)));
        return;
      case 'rowSum': {
        const shape = matrixOf(node.out, this.#batchSize);
        this.#set(node.out, this.#ops.reshape(this.#ops.sum(this.#get(node.x), [1]), shape));
        return;
      }
      case 'repeat':
        this.#set(node.out, this.#ops.tile(this.#get(node.x), [1, widthOf(node.out)]));
        return;
      case 'expand': {
        this.#set(node.out, this.#ops.fill(matrixOf(node.out, this.#batchSize), this.#get(node.x)));
        return;
      }
      case 'sum':
        this.#set(node.out, this.#ops.sum(this.#get(node.x), [0, 1]));
        return;
      case 'norm': {
        const halves = node.xs.map((x) => this.#ops.op('L2Loss', [this.#get(x)]));
        const half = this.#ops.op('AddN', halves, { ...T, N: { int: halves.length } });
        this.#set(node.out, this.#ops.op('Sqrt', [this.#ops.op('AddV2', [half, half])]));
        return;
      }
      case 'adam':
        this.#adam(node);
        return;
      case 'softUpdate':
        this.#softUpdate(node.target, node.online, this.#get(node.tau));
        return;
      case 'output':
        this.#output(node.name, node.x);
        return;
    }
  }

  #output(name: string, x: Value): void {
    const { shape } = x;
    if (shape.kind === 'scalar') {
      this.#scalarOutputs.push({ name, tensor: this.#get(x) });
    } else if (shape.kind === 'parameters') {
      const handle = variable(this.#builder, `${this.#prefix}/${name}`);
      this.#assign(handle, this.#get(x));
      this.#gradientOutputs.push({ name, handle });
    } else {
      const [rows, width] = matrixOf(x, this.#batchSize);
      this.#arrayOutputs.push({
        name,
        tensor: this.#ops.op('Identity', [this.#get(x)]),
        length: rows * width,
      });
    }
  }

  /** Not the fused Adam operation: it computes 1 - beta2 in float32, a relative error of 1e-5. */
  #adam(node: AdamNode): void {
    const { parameters, exp_avg, exp_avg_sq } = this.#variables(node.network);
    const old = this.#current(node.network).block;
    const gradient = this.#get(node.gradient);
    const blend = (handle: TensorName, beta: number, x: TensorName): TensorName => {
      const kept = this.#ops.op('Mul', [this.#ops.read(handle), this.#ops.scalar(beta)]);
      const moment = this.#ops.op('AddV2', [kept, this.#ops.op('Mul', [x, this.#ops.scalar(1 - beta)])]);
      this.#assign(handle, moment);
      return moment;
    };
    const m = blend(exp_avg, node.beta1, gradient);
    const v = blend(exp_avg_sq, node.beta2, this.#ops.op('Square', [gradient]));
    const root = this.#ops.op('RealDiv', [this.#ops.op('Sqrt', [v]), this.#get(node.correction)]);
    const ratio = this.#ops.op('RealDiv', [m, this.#ops.op('AddV2', [root, this.#ops.scalar(node.epsilon)])]);
    const block = this.#ops.op('Sub', [old, this.#ops.op('Mul', [this.#get(node.stepSize), ratio])]);
    this.#assign(parameters, block);
    this.#parameters.set(node.network, { block });
  }

  #softUpdate(target: string, online: string, tau: TensorName): void {
    const keep = this.#ops.op('Sub', [this.#ops.scalar(1), tau]);
    const old = this.#ops.op('Mul', [keep, this.#current(target).block]);
    const block = this.#ops.op('AddV2', [old, this.#ops.op('Mul', [tau, this.#current(online).block])]);
    this.#assign(this.#variables(target).parameters, block);
    this.#parameters.set(target, { block });
  }

  /** A network's parameters at this point of the node list. */
  #current(network: string): Current {
    const known = this.#parameters.get(network) ?? {
      block: this.#ops.read(this.#variables(network).parameters),
    };
    this.#parameters.set(network, known);
    return known;
  }

  /** The same, split into layers. */
  #split(network: string): BlockTensors {
    const current = this.#current(network);
    return (current.split ??= splitBlock(this.#ops, this.#spec(network), current.block));
  }

  /** Assigns a variable, as an effect. */
  #assign(handle: TensorName, value: TensorName): void {
    this.#effects.push(this.#ops.op('AssignVariableOp', [handle, value], { dtype: { type: 'float' } }));
  }

  #spec(network: string): NetworkSpec {
    return this.#graph.networks.get(network)!;
  }

  #get(value: Value): TensorName {
    return this.#values.get(value)!;
  }

  #set(value: Value, tensor: TensorName): void {
    this.#values.set(value, tensor);
  }
}

/** The handle of a variable; within a session, one name is one variable. */
export function variable(builder: GraphDefBuilder, name: string): TensorName {
  return builder.op('VarHandleOp', [], {
    dtype: { type: 'float' },
    shape: { unknownShape: true },
    shared_name: { text: name },
    container: { text: '' },
  });
}
