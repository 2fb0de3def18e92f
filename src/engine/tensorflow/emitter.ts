/**
 * Turns an update graph into TensorFlow operations: one program's share of a store's SavedModel. Arrays [B, rows, width]
 * are matrices [B rows, width]; a network's parameters, moments and gradient are vectors in block order, so that an optimizer
 * step is a dozen operations however many layers there are. What changes a variable is an effect: the
 * program's last operation waits for all of them.
 */
import { sizeOf } from '../../core/tensor-map.ts';
import type { Activation, NetworkSpec } from '../network-spec.ts';
import { layersOf, leavesOf } from '../network-spec.ts';
import type {
  AdamNode,
  BinaryOperation,
  JointNode,
  NetworkGradientNode,
  NetworkNode,
  Node,
  RowsNode,
  UnaryOperation,
  UpdateGraph,
  Value,
} from '../graph.ts';
import type { Attribute, GraphDefBuilder, TensorName } from './graph-def.ts';

const T: Readonly<Record<string, Attribute>> = { T: { type: 'float' } };
const BINARY: Readonly<Record<BinaryOperation, string>> = {
  add: 'AddV2',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'RealDiv',
  minimum: 'Minimum',
  maximum: 'Maximum',
};

/** Handles of a network's variables, each a block. */
export interface Variables {
  readonly parameters: TensorName;
  readonly exp_avg: TensorName;
  readonly exp_avg_sq: TensorName;
}

/** What a run feeds and fetches; names are of the SavedModel. */
export interface EmittedProgram {
  readonly inputs: readonly {
    readonly name: string;
    readonly tensor: TensorName;
    readonly shape: [number, number];
  }[];
  /** Names of the scalars, in the order of the vector `scalarsTensor`. */
  readonly scalars: readonly string[];
  readonly scalarsTensor: TensorName | undefined;
  /** Names of the scalar outputs, in the order of the vector `done`, which also waits for all effects. */
  readonly scalarOutputs: readonly string[];
  readonly done: TensorName;
  readonly arrayOutputs: readonly {
    readonly name: string;
    readonly tensor: TensorName;
    readonly length: number;
  }[];
  /** Variables that keep a network's gradient for reading after a run. */
  readonly gradientOutputs: readonly { readonly name: string; readonly handle: TensorName }[];
}

/** A forward pass, as its backward pass needs it. */
interface Pass {
  readonly rows: number;
  readonly leaves: readonly TensorName[];
  /** Outputs of each layer, [B rows, outputs]. */
  readonly outputs: readonly TensorName[];
}

export class Emitter {
  readonly #builder: GraphDefBuilder;
  readonly #graph: UpdateGraph;
  readonly #batchSize: number;
  readonly #prefix: string;
  readonly #variables: (network: string) => Variables;
  readonly #values = new Map<Value, TensorName>();
  readonly #passes = new Map<NetworkNode, Pass>();
  /** Present parameters of each network, and their leaves once something needs them. */
  readonly #parameters = new Map<string, { readonly block: TensorName; leaves?: readonly TensorName[] }>();
  readonly #effects: TensorName[] = [];
  readonly #inputs: EmittedProgram['inputs'][number][] = [];
  readonly #scalars: { name: string; value: Value }[] = [];
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
  }

  emit(): EmittedProgram {
    const scalarsTensor = this.#emitScalars();
    for (const node of this.#graph.nodes) this.#node(node);
    const packed =
      this.#scalarOutputs.length > 0
        ? this.#op(
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
      scalars: this.#scalars.map(({ name }) => name),
      scalarsTensor,
      scalarOutputs: this.#scalarOutputs.map(({ name }) => name),
      done,
      arrayOutputs: this.#arrayOutputs,
      gradientOutputs: this.#gradientOutputs,
    };
  }

  #op(
    type: string,
    inputs: readonly TensorName[],
    attributes: Readonly<Record<string, Attribute>> = T,
  ): TensorName {
    return this.#builder.op(type, inputs, attributes);
  }

  /** All scalars come in one vector. */
  #emitScalars(): TensorName | undefined {
    const nodes = this.#graph.nodes.filter((node) => node.kind === 'scalar');
    if (nodes.length === 0) return undefined;
    const names = [...new Set(nodes.map(({ name }) => name))];
    const vector = this.#placeholder('scalars', [names.length]);
    const parts = this.#op('Unpack', [vector], { ...T, num: { int: names.length }, axis: { int: 0 } });
    for (const { name, out } of nodes) {
      const index = names.indexOf(name);
      this.#set(out, index === 0 ? parts : `${parts}:${index}`);
    }
    for (const name of names)
      this.#scalars.push({ name, value: nodes.find((node) => node.name === name)!.out });
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
        this.#set(node.out, this.#rows(node));
        return;
      case 'joint':
        this.#set(node.out, this.#joint(node));
        return;
      case 'network':
        this.#set(node.out, this.#network(node));
        return;
      case 'networkGradient':
        this.#networkGradient(node);
        return;
      case 'unary':
        this.#set(node.out, this.#unary(node.operation, this.#get(node.x)));
        return;
      case 'binary':
        this.#set(node.out, this.#op(BINARY[node.operation], [this.#get(node.a), this.#get(node.b)]));
        return;
      case 'expand': {
        const dims = this.#builder.ints(matrixOf(node.out, this.#batchSize));
        this.#set(
          node.out,
          this.#op('Fill', [dims, this.#get(node.x)], { ...T, index_type: { type: 'int32' } }),
        );
        return;
      }
      case 'sum':
        this.#set(node.out, this.#sum(this.#get(node.x), [0, 1]));
        return;
      case 'norm': {
        const halves = node.xs.map((x) => this.#op('L2Loss', [this.#get(x)]));
        const half = this.#op('AddN', halves, { ...T, N: { int: halves.length } });
        this.#set(node.out, this.#op('Sqrt', [this.#op('AddV2', [half, half])]));
        return;
      }
      case 'adam':
        this.#adam(node);
        return;
      case 'track':
        this.#track(node.target, node.online, this.#get(node.tau));
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
      this.#arrayOutputs.push({ name, tensor: this.#op('Identity', [this.#get(x)]), length: rows * width });
    }
  }

  #unary(operation: UnaryOperation, x: TensorName): TensorName {
    switch (operation.name) {
      case 'scale':
        return this.#op('Mul', [x, this.#scalar(operation.by)]);
      case 'square':
        return this.#op('Square', [x]);
      case 'clip': {
        const above = this.#op('Maximum', [x, this.#scalar(operation.low)]);
        return this.#op('Minimum', [above, this.#scalar(operation.high)]);
      }
    }
  }

  #rows({ x, offsets, out }: RowsNode): TensorName {
    const [, from] = matrixOf(x, this.#batchSize);
    const shape = matrixOf(out, this.#batchSize);
    const width = shape[1];
    if (offsets.every((offset, i) => offset === i * width) && offsets.length * width === from)
      return this.#reshape(this.#get(x), shape);
    const blocks = offsets.map((offset) => this.#columns(this.#get(x), this.#batchSize, from, offset, width));
    return blocks.length === 1 ? blocks[0]! : this.#reshape(this.#concat(blocks), shape);
  }

  #joint({ pieces, out }: JointNode): TensorName {
    const first = pieces[0]!.x;
    const rows = rowsOf(first);
    if (pieces.length === rows && pieces.every(({ x, row }, k) => x === first && row === k))
      return this.#reshape(this.#get(first), matrixOf(out, this.#batchSize));
    const blocks = pieces.map(({ x, row }) => {
      const width = widthOf(x);
      const wide = this.#reshape(this.#get(x), [this.#batchSize, rowsOf(x) * width]);
      return this.#columns(wide, this.#batchSize, rowsOf(x) * width, row * width, width);
    });
    return this.#concat(blocks);
  }

  /** The parts of an input row with their first columns in W0. */
  #partsOf({ parts, out }: NetworkNode): { x: Value; column: number; kind: 'shared' | 'rows' | 'ids' }[] {
    let column = 0;
    return parts.map((x) => {
      const kind = x.shape.kind === 'ids' ? 'ids' : rowsOf(x) < rowsOf(out) ? 'shared' : 'rows';
      const part = { x, column, kind } as const;
      column += widthOf(x);
      return part;
    });
  }

  #network(node: NetworkNode): TensorName {
    const spec = this.#spec(node.network);
    const layers = layersOf(spec);
    const leaves = this.#leaves(node.network);
    const outputs: TensorName[] = [];
    layers.forEach(({ activation }, l) => {
      const sums =
        l === 0
          ? this.#firstLayer(node, spec, leaves)
          : this.#op('BiasAdd', [
              this.#matmul(outputs[l - 1]!, leaves[2 * l]!, { b: true }),
              leaves[2 * l + 1]!,
            ]);
      outputs.push(this.#activate(activation, spec.negativeSlope, sums));
    });
    this.#passes.set(node, { rows: rowsOf(node.out), leaves, outputs });
    return outputs.at(-1)!;
  }

  #firstLayer(node: NetworkNode, spec: NetworkSpec, [weight, bias]: readonly TensorName[]): TensorName {
    const { inputs, outputs } = layersOf(spec)[0]!;
    const rows = rowsOf(node.out);
    const total = this.#batchSize * rows;
    const parts = this.#partsOf(node);
    const productOf = (kind: 'shared' | 'rows'): TensorName | undefined => {
      const chosen = parts.filter((part) => part.kind === kind);
      if (chosen.length === 0) return undefined;
      const x = this.#concat(chosen.map((part) => this.#get(part.x)));
      const w = this.#concat(
        chosen.map((part) => this.#columns(weight!, outputs, inputs, part.column, widthOf(part.x))),
      );
      return this.#matmul(x, w, { b: true });
    };
    const [shared, own] = [productOf('shared'), productOf('rows')];
    const ids = parts.find((part) => part.kind === 'ids');
    if (!shared && !ids) return this.#op('BiasAdd', [own!, bias!]);
    // [1, rows, outputs]: the bias, and for ids each row's column of W0.
    const biases = this.#op('Pack', Array<TensorName>(rows).fill(bias!), {
      ...T,
      N: { int: rows },
      axis: { int: 0 },
    });
    const table = ids
      ? this.#op('AddV2', [
          biases,
          this.#matmul(
            this.#oneHot(ids.x),
            this.#columns(weight!, outputs, inputs, ids.column, widthOf(ids.x)),
            {
              b: true,
            },
          ),
        ])
      : biases;
    let sums: TensorName = this.#reshape(table, [1, rows, outputs]);
    if (shared) sums = this.#op('AddV2', [this.#reshape(shared, [this.#batchSize, 1, outputs]), sums]);
    if (own) sums = this.#op('AddV2', [this.#reshape(own, [this.#batchSize, rows, outputs]), sums]);
    return this.#reshape(sums, [total, outputs]);
  }

  #networkGradient(node: NetworkGradientNode): void {
    const { of } = node;
    const spec = this.#spec(of.network);
    const layers = layersOf(spec);
    const { leaves, outputs } = this.#passes.get(of)!;
    const gradients: TensorName[] = [];
    let delta = this.#get(node.upstream);
    for (let l = layers.length - 1; l >= 0; l--) {
      delta = this.#chain(layers[l]!.activation, spec.negativeSlope, outputs[l]!, delta);
      if (node.parameters) gradients[2 * l + 1] = this.#sum(delta, [0]);
      if (l === 0) break;
      if (node.parameters) gradients[2 * l] = this.#matmul(delta, outputs[l - 1]!, { a: true });
      delta = this.#matmul(delta, leaves[2 * l]!);
    }
    this.#firstLayerGradient(node, spec, delta, gradients);
    if (node.parameters)
      this.#set(
        node.parameters,
        this.#concat(
          gradients.map((leaf) => this.#reshape(leaf, [-1])),
          0,
        ),
      );
  }

  #firstLayerGradient(
    node: NetworkGradientNode,
    spec: NetworkSpec,
    delta: TensorName,
    gradients: TensorName[],
  ): void {
    const { of } = node;
    const { inputs, outputs } = layersOf(spec)[0]!;
    const rows = rowsOf(of.out);
    const parts = this.#partsOf(of);
    const cube = (): TensorName => this.#reshape(delta, [this.#batchSize, rows, outputs]);
    const ofSample = parts.some((part) => part.kind === 'shared') ? this.#sum(cube(), [1]) : delta;
    const deltaOf = (part: { kind: string }): TensorName => (part.kind === 'shared' ? ofSample : delta);
    if (node.parameters)
      gradients[0] = this.#concat(
        parts.map((part) =>
          part.kind === 'ids'
            ? this.#matmul(this.#sum(cube(), [0]), this.#oneHot(part.x), { a: true })
            : this.#matmul(deltaOf(part), this.#get(part.x), { a: true }),
        ),
      );
    parts.forEach((part, j) => {
      const out = node.parts[j];
      if (!out) return;
      const w = this.#columns(
        this.#passes.get(of)!.leaves[0]!,
        outputs,
        inputs,
        part.column,
        widthOf(part.x),
      );
      this.#set(out, this.#matmul(deltaOf(part), w));
    });
  }

  /** Written out: the fused step takes 1 - beta2 in float32, which is off by one part in 10^5. */
  #adam(node: AdamNode): void {
    const { parameters, exp_avg, exp_avg_sq } = this.#variables(node.network);
    const [gradient, old] = [this.#get(node.gradient), this.#present(node.network).block];
    const blend = (handle: TensorName, beta: number, x: TensorName): TensorName => {
      const kept = this.#op('Mul', [this.#read(handle), this.#scalar(beta)]);
      const moment = this.#op('AddV2', [kept, this.#op('Mul', [x, this.#scalar(1 - beta)])]);
      this.#assign(handle, moment);
      return moment;
    };
    const m = blend(exp_avg, node.beta1, gradient);
    const v = blend(exp_avg_sq, node.beta2, this.#op('Square', [gradient]));
    const root = this.#op('RealDiv', [this.#op('Sqrt', [v]), this.#get(node.correction)]);
    const ratio = this.#op('RealDiv', [m, this.#op('AddV2', [root, this.#scalar(node.epsilon)])]);
    const block = this.#op('Sub', [old, this.#op('Mul', [this.#get(node.stepSize), ratio])]);
    this.#assign(parameters, block);
    this.#parameters.set(node.network, { block });
  }

  #track(target: string, online: string, tau: TensorName): void {
    const keep = this.#op('Sub', [this.#scalar(1), tau]);
    const old = this.#op('Mul', [keep, this.#present(target).block]);
    const block = this.#op('AddV2', [old, this.#op('Mul', [tau, this.#present(online).block])]);
    this.#assign(this.#variables(target).parameters, block);
    this.#parameters.set(target, { block });
  }

  /** A network's parameters as they are at this place of the list. */
  #present(network: string): { readonly block: TensorName; leaves?: readonly TensorName[] } {
    const known = this.#parameters.get(network) ?? { block: this.#read(this.#variables(network).parameters) };
    this.#parameters.set(network, known);
    return known;
  }

  /** The same, leaf by leaf: W0 [outputs, inputs], b0 [outputs], ... */
  #leaves(network: string): readonly TensorName[] {
    const present = this.#present(network);
    if (present.leaves) return present.leaves;
    const leaves = leavesOf(this.#spec(network));
    const sizes = this.#builder.ints(leaves.map(({ shape }) => sizeOf(shape)));
    const parts = this.#op('SplitV', [present.block, sizes, this.#axis(0)], {
      ...T,
      Tlen: { type: 'int32' },
      num_split: { int: leaves.length },
    });
    present.leaves = leaves.map(({ shape }, k) => this.#reshape(k === 0 ? parts : `${parts}:${k}`, shape));
    return present.leaves;
  }

  /** Sets a variable at the end of the data's way; the program's last operation waits for it. */
  #assign(handle: TensorName, value: TensorName): void {
    this.#effects.push(this.#op('AssignVariableOp', [handle, value], { dtype: { type: 'float' } }));
  }

  #scalar(value: number): TensorName {
    return this.#builder.floats([value], []);
  }

  #axis(axis: number): TensorName {
    return this.#op('Const', [], { dtype: { type: 'int32' }, value: { int32Scalar: axis } });
  }

  #read(handle: TensorName): TensorName {
    return this.#op('ReadVariableOp', [handle], { dtype: { type: 'float' } });
  }

  #oneHot(ids: Value): TensorName {
    const node = this.#graph.nodes.find((candidate) => candidate.kind === 'ids' && candidate.out === ids);
    const list = node?.kind === 'ids' ? node.ids : [];
    const width = widthOf(ids);
    const rows = list.flatMap((id) => Array.from({ length: width }, (_, c) => (c === id ? 1 : 0)));
    return this.#builder.floats(rows, [list.length, width]);
  }

  #activate(activation: Activation, slope: number, x: TensorName): TensorName {
    const simple = { relu: 'Relu', sigmoid: 'Sigmoid', tanh: 'Tanh', elu: 'Elu' } as const;
    if (activation === 'none') return x;
    if (activation === 'leaky_relu') return this.#op('LeakyRelu', [x], { ...T, alpha: { real: slope } });
    return this.#op(simple[activation], [x]);
  }

  /** gradient * activation'(.), from the output y. */
  #chain(activation: Activation, slope: number, y: TensorName, gradient: TensorName): TensorName {
    switch (activation) {
      case 'none':
        return gradient;
      case 'relu':
        return this.#op('ReluGrad', [gradient, y]);
      case 'leaky_relu':
        return this.#op('LeakyReluGrad', [gradient, y], { ...T, alpha: { real: slope } });
      case 'sigmoid':
        return this.#op('SigmoidGrad', [y, gradient]);
      case 'tanh':
        return this.#op('TanhGrad', [y, gradient]);
      case 'elu':
        return this.#op('EluGrad', [gradient, y]);
    }
  }

  #matmul(a: TensorName, b: TensorName, transpose: { a?: boolean; b?: boolean } = {}): TensorName {
    const attributes = {
      ...T,
      transpose_a: { bool: transpose.a ?? false },
      transpose_b: { bool: transpose.b ?? false },
    };
    return this.#op('MatMul', [a, b], attributes);
  }

  #sum(x: TensorName, axes: readonly number[]): TensorName {
    return this.#op('Sum', [x, this.#builder.ints(axes)], {
      ...T,
      Tidx: { type: 'int32' },
      keep_dims: { bool: false },
    });
  }

  #reshape(x: TensorName, shape: readonly number[]): TensorName {
    return this.#op('Reshape', [x, this.#builder.ints(shape)], { ...T, Tshape: { type: 'int32' } });
  }

  /** Matrices side by side, or vectors one after the other (axis 0). */
  #concat(blocks: readonly TensorName[], axis = 1): TensorName {
    if (blocks.length === 1) return blocks[0]!;
    return this.#op('ConcatV2', [...blocks, this.#axis(axis)], {
      ...T,
      Tidx: { type: 'int32' },
      N: { int: blocks.length },
    });
  }

  /** Columns of a matrix [rows, total]. */
  #columns(x: TensorName, rows: number, total: number, from: number, width: number): TensorName {
    if (from === 0 && width === total) return x;
    const [begin, size] = [this.#builder.ints([0, from]), this.#builder.ints([rows, width])];
    return this.#op('Slice', [x, begin, size], { ...T, Index: { type: 'int32' } });
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

/** A variable by name; every mention of the name in a session is the same variable. */
export function variable(builder: GraphDefBuilder, name: string): TensorName {
  return builder.op('VarHandleOp', [], {
    dtype: { type: 'float' },
    shape: { unknownShape: true },
    shared_name: { text: name },
    container: { text: '' },
  });
}

/** Rows and columns of an array as a matrix. */
function matrixOf(value: Value, batchSize: number): [number, number] {
  return [batchSize * rowsOf(value), widthOf(value)];
}

function rowsOf({ shape }: Value): number {
  return shape.kind === 'array' || shape.kind === 'ids' ? shape.rows : 1;
}

function widthOf({ shape }: Value): number {
  return shape.kind === 'array' || shape.kind === 'ids' ? shape.width : 1;
}
