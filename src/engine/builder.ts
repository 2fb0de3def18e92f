/**
 * GraphBuilder: records a learner's update in execution order. Each method appends one node (semantics: graph.ts) and
 * returns its value. Shapes are checked immediately, so a faulty algorithm fails when the learner is built. Losses are
 * differentiated by gradients.ts.
 */
import { GraphError, describeShape, sameShape } from './graph.ts';
import type {
  BinaryOperation,
  Draw,
  Node,
  RowwiseOperation,
  Shape,
  UnaryOperation,
  UpdateGraph,
  Value,
} from './graph.ts';
import { NetworkBuilder } from './network-builder.ts';
import type { NetworkSpec } from './network-spec.ts';

type ArrayShape = Extract<Shape, { kind: 'array' }>;

export class GraphBuilder {
  readonly #networks: NetworkBuilder;
  readonly #nodes: Node[] = [];
  readonly #values: Value[] = [];

  /** `dropout`: dropout rate of the hidden layers, by network; networks not listed have none. */
  constructor(networks: Iterable<NetworkSpec>, dropout: ReadonlyMap<string, number> = new Map()) {
    const writer = {
      value: (shape: Shape) => this.#value(shape),
      push: (node: Node) => this.#nodes.push(node),
    };
    this.#networks = new NetworkBuilder(this, writer, networks, dropout);
  }

  build(): UpdateGraph {
    return { networks: this.#networks.specs, nodes: this.#nodes, values: this.#values };
  }

  /** Nodes added so far, for gradients.ts. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  input(name: string, rows: number, width: number, slots = 1): Value {
    const out = this.#value({ kind: 'array', slots, rows, width });
    this.#nodes.push({ kind: 'input', name, out });
    return out;
  }

  /** An input that the caller fills with random draws before each run. */
  noise(name: string, rows: number, width: number, draw: Draw, slots = 1): Value {
    const out = this.#value({ kind: 'array', slots, rows, width });
    this.#nodes.push({ kind: 'input', name, draw, out });
    return out;
  }

  scalar(name: string): Value {
    const out = this.#value({ kind: 'scalar' });
    this.#nodes.push({ kind: 'scalar', name, out });
    return out;
  }

  constant(value: number): Value {
    const out = this.#value({ kind: 'scalar' });
    this.#nodes.push({ kind: 'constant', value, out });
    return out;
  }

  /** One-hot vectors of `ids`, [ids.length, width]. */
  ids(ids: readonly number[], width: number): Value {
    if (new Set(ids).size !== ids.length || ids.some((id) => id < 0 || id >= width))
      throw new GraphError(`ids: expected distinct ids below ${width}, got ${ids.join(', ')}`);
    const out = this.#value({ kind: 'ids', rows: ids.length, width });
    this.#nodes.push({ kind: 'ids', ids, out });
    return out;
  }

  /** Splits column blocks of a joint array into rows; see RowsNode. */
  rows(x: Value, offsets: readonly number[], width: number): Value {
    const from = this.#array('rows', x);
    if (from.rows !== 1) throw new GraphError(`rows: expected a joint array, got ${describeShape(from)}`);
    for (const offset of offsets)
      if (offset < 0 || offset + width > from.width)
        throw new GraphError(`rows: expected columns within ${from.width}, got ${offset} + ${width}`);
    const out = this.#value({ kind: 'array', slots: from.slots, rows: offsets.length, width });
    this.#nodes.push({ kind: 'rows', x, offsets, out });
    return out;
  }

  /** Concatenates rows into a joint array; see JointNode. */
  joint(pieces: readonly { x: Value; row: number }[]): Value {
    let width = 0;
    const slots = pieces[0] ? this.#array('joint', pieces[0].x).slots : 1;
    for (const { x, row } of pieces) {
      const shape = this.#array('joint', x);
      if (shape.slots !== slots)
        throw new GraphError(`joint: expected arrays of ${slots} slots, got ${describeShape(shape)}`);
      if (row >= shape.rows) throw new GraphError(`joint: expected a row below ${shape.rows}, got ${row}`);
      width += shape.width;
    }
    const out = this.#value({ kind: 'array', slots, rows: 1, width });
    this.#nodes.push({ kind: 'joint', pieces, out });
    return out;
  }

  /** The `count` slots from slot `from` on, with zeros for slots that x lacks. */
  slots(x: Value, from: number, count: number): Value {
    const shape = this.#array('slots', x);
    if (from === 0 && count === shape.slots) return x;
    const out = this.#value({ ...shape, slots: count });
    this.#nodes.push({ kind: 'slots', x, from, out });
    return out;
  }

  /**
   * Outputs of a network, [B, slots, rows, outputs]; see NetworkNode. `least`: the number of rows if every part is shared.
   * The first part of a recurrent network is its representation. `slots`: the number of slots if there are no parts.
   */
  network(name: string, parts: readonly Value[], least = 1, slots = 1): Value {
    return this.#networks.network(name, parts, { slots, rows: least });
  }

  /**
   * The outputs of a network's recurrent layers, [B, slots, rows, width], from zero states, or from `initial`: h (and c of
   * an LSTM) of each layer in order, [B, 1, rows, width]. `states`: then, what these are in each slot.
   */
  representation(
    name: string,
    parts: readonly Value[],
    initial?: readonly Value[],
  ): { readonly out: Value; readonly states: readonly Value[] } {
    return this.#networks.representation(name, parts, initial);
  }

  /** Backward pass of a recurrent node, for gradients.ts; see RecurrentGradientNode. */
  recurrentGradient(
    ...node: Parameters<NetworkBuilder['recurrentGradient']>
  ): ReturnType<NetworkBuilder['recurrentGradient']> {
    return this.#networks.recurrentGradient(...node);
  }

  /** Backward pass of a network node, for gradients.ts; see NetworkGradientNode. */
  networkGradient(
    ...node: Parameters<NetworkBuilder['networkGradient']>
  ): ReturnType<NetworkBuilder['networkGradient']> {
    return this.#networks.networkGradient(...node);
  }

  /** Backward pass of a normalize node, for gradients.ts; see NormalizeGradientNode. */
  normalizeGradient(
    ...node: Parameters<NetworkBuilder['normalizeGradient']>
  ): ReturnType<NetworkBuilder['normalizeGradient']> {
    return this.#networks.normalizeGradient(...node);
  }

  add(a: Value, b: Value): Value {
    return this.#binary('add', a, b);
  }

  subtract(a: Value, b: Value): Value {
    return this.#binary('subtract', a, b);
  }

  multiply(a: Value, b: Value): Value {
    return this.#binary('multiply', a, b);
  }

  divide(a: Value, b: Value): Value {
    return this.#binary('divide', a, b);
  }

  minimum(a: Value, b: Value): Value {
    return this.#binary('minimum', a, b);
  }

  maximum(a: Value, b: Value): Value {
    return this.#binary('maximum', a, b);
  }

  scale(x: Value, by: number): Value {
    return this.#unary({ name: 'scale', by }, x);
  }

  /** 1 where a <= b, else 0; zero gradient. */
  atMost(a: Value, b: Value): Value {
    return this.#binary('at_most', a, b);
  }

  /** Clamps to [low, high]; zero gradient outside. */
  clip(x: Value, low: number, high: number): Value {
    return this.#unary({ name: 'clip', low, high }, x);
  }

  square(x: Value): Value {
    return this.#unary({ name: 'square' }, x);
  }

  exp(x: Value): Value {
    return this.#unary({ name: 'exp' }, x);
  }

  /** Natural logarithm; x is clamped to at least the smallest normal float32. */
  log(x: Value): Value {
    return this.#unary({ name: 'log' }, x);
  }

  /** log(1 + e^x) */
  softplus(x: Value): Value {
    return this.#unary({ name: 'softplus' }, x);
  }

  sigmoid(x: Value): Value {
    return this.#unary({ name: 'sigmoid' }, x);
  }

  tanh(x: Value): Value {
    return this.#unary({ name: 'tanh' }, x);
  }

  /** Softmax of each row. */
  softmax(x: Value): Value {
    return this.#rowwise('softmax', x);
  }

  /** One-hot argmax of each row, with the straight-through gradient. */
  oneHot(x: Value): Value {
    return this.#rowwise('one_hot', x);
  }

  /** Sum of each row, [B, slots, rows, 1]. */
  rowSum(x: Value): Value {
    const out = this.#value({ ...this.#array('rowSum', x), width: 1 });
    this.#nodes.push({ kind: 'rowSum', x, out });
    return out;
  }

  /** Repeats a column [B, slots, rows, 1] `width` times. */
  repeat(x: Value, width: number): Value {
    const shape = this.#array('repeat', x);
    if (shape.width !== 1) throw new GraphError(`repeat: expected one column, got ${describeShape(shape)}`);
    const out = this.#value({ ...shape, width });
    this.#nodes.push({ kind: 'repeat', x, out });
    return out;
  }

  /** Broadcasts a scalar to `shape`. */
  expand(x: Value, shape: Shape): Value {
    if (x.shape.kind !== 'scalar')
      throw new GraphError(`expand: expected a scalar, got ${describeShape(x.shape)}`);
    const out = this.#value(shape);
    this.#nodes.push({ kind: 'expand', x, out });
    return out;
  }

  /** Number of elements of x, a scalar. */
  count(x: Value): Value {
    this.#array('count', x);
    const out = this.#value({ kind: 'scalar' });
    this.#nodes.push({ kind: 'count', x, out });
    return out;
  }

  sum(x: Value): Value {
    this.#array('sum', x);
    const out = this.#value({ kind: 'scalar' });
    this.#nodes.push({ kind: 'sum', x, out });
    return out;
  }

  /** Global L2 norm over all of `xs`. */
  norm(xs: readonly Value[]): Value {
    for (const { shape } of xs)
      if (shape.kind !== 'parameters')
        throw new GraphError(`norm: expected parameters, got ${describeShape(shape)}`);
    const out = this.#value({ kind: 'scalar' });
    this.#nodes.push({ kind: 'norm', xs, out });
    return out;
  }

  /** One Adam step of `network`, in place. */
  adam(
    network: string,
    step: {
      gradient: Value;
      stepSize: Value;
      correction: Value;
      beta1: number;
      beta2: number;
      epsilon: number;
    },
  ): void {
    this.#networks.spec(network);
    if (!sameShape(step.gradient.shape, { kind: 'parameters', network }))
      throw new GraphError(
        `adam ${network}: expected the gradient of its parameters, got ${describeShape(step.gradient.shape)}`,
      );
    this.#nodes.push({ kind: 'adam', network, ...step });
    this.#networks.changed(network);
  }

  /** target <- (1 - tau) target + tau online, in place. */
  softUpdate(target: string, online: string, tau: Value): void {
    const [to, from] = [this.#networks.spec(target), this.#networks.spec(online)];
    if (JSON.stringify({ ...to, name: '' }) !== JSON.stringify({ ...from, name: '' }))
      throw new GraphError(`softUpdate ${target}: expected the layers of ${online}, got different layers`);
    this.#nodes.push({ kind: 'softUpdate', target, online, tau });
    this.#networks.changed(target);
  }

  /** Makes `x` readable as `name` after a run. */
  output(name: string, x: Value): void {
    this.#nodes.push({ kind: 'output', name, x });
  }

  #value(shape: Shape): Value {
    const value = { id: this.#values.length, shape };
    this.#values.push(value);
    return value;
  }

  #array(where: string, x: Value): ArrayShape {
    if (x.shape.kind !== 'array')
      throw new GraphError(`${where}: expected an array, got ${describeShape(x.shape)}`);
    return x.shape;
  }

  #unary(operation: UnaryOperation, x: Value): Value {
    const out = this.#value(x.shape);
    this.#nodes.push({ kind: 'unary', operation, x, out });
    return out;
  }

  #rowwise(operation: RowwiseOperation, x: Value): Value {
    const out = this.#value(this.#array(operation, x));
    this.#nodes.push({ kind: 'rowwise', operation, x, out });
    return out;
  }

  #binary(operation: BinaryOperation, a: Value, b: Value): Value {
    if (a.shape.kind !== 'scalar' && b.shape.kind !== 'scalar' && !sameShape(a.shape, b.shape))
      throw new GraphError(
        `${operation}: expected equal shapes, got ${describeShape(a.shape)} and ${describeShape(b.shape)}`,
      );
    const out = this.#value(a.shape.kind === 'scalar' ? b.shape : a.shape);
    this.#nodes.push({ kind: 'binary', operation, a, b, out });
    return out;
  }
}
