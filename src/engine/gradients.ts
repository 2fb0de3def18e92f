/**
 * Reverse-mode differentiation of a loss: walks the graph backwards from the loss and appends the gradient rule of each
 * node on a path to the chosen networks. One set of rules serves all learners and engines. Anything that does not
 * depend on the chosen networks is a constant, so targets and replayed actions need no stop-gradient.
 */
import type { GraphBuilder } from './builder.ts';
import { GraphError, slotsOf, widthOf } from './graph.ts';
import type {
  BinaryNode,
  JointNode,
  NetworkNode,
  NormalizeNode,
  Node,
  RecurrentNode,
  RowsNode,
  RowwiseNode,
  UnaryNode,
  Value,
} from './graph.ts';

/**
 * dLoss/d(parameters) of each of `networks`, in that order. Throws GraphError if the loss does not depend on one of
 * them or their parameters have changed since the forward pass.
 */
export function gradient(graph: GraphBuilder, loss: Value, networks: readonly string[]): Value[] {
  if (loss.shape.kind !== 'scalar') throw new GraphError('gradient: expected a scalar loss, got an array');
  const forward = [...graph.nodes];
  const walk = new BackwardWalk(graph, new Set(networks), dependentValues(forward, new Set(networks)));
  walk.receive(loss, graph.constant(1));
  for (const node of forward.toReversed()) walk.visit(node);
  return networks.map((network) => {
    const found = walk.parameters.get(network);
    if (!found)
      throw new GraphError(`gradient: expected a loss that depends on ${network}, got one that does not`);
    return found;
  });
}

/** Values that depend on the parameters of `networks`. */
function dependentValues(nodes: readonly Node[], networks: ReadonlySet<string>): ReadonlySet<Value> {
  const dependent = new Set<Value>();
  for (const node of nodes) {
    if (!('out' in node)) continue;
    const own = 'network' in node && networks.has(node.network);
    if (own || operandsOf(node).some((x) => dependent.has(x))) dependent.add(node.out);
  }
  return dependent;
}

function operandsOf(node: Node): readonly Value[] {
  switch (node.kind) {
    case 'rows':
    case 'slots':
    case 'recurrent':
    case 'normalize':
    case 'unary':
    case 'rowwise':
    case 'rowSum':
    case 'repeat':
    case 'expand':
    case 'sum':
      return [node.x];
    case 'binary':
      return [node.a, node.b];
    case 'joint':
      return node.pieces.map(({ x }) => x);
    case 'network':
      return node.parts;
    case 'norm':
      return node.xs;
    default:
      return [];
  }
}

class BackwardWalk {
  /** Accumulated dL/d(parameters) by network. */
  readonly parameters = new Map<string, Value>();
  readonly #upstream = new Map<Value, Value>();
  readonly #graph: GraphBuilder;
  readonly #networks: ReadonlySet<string>;
  readonly #dependent: ReadonlySet<Value>;

  constructor(graph: GraphBuilder, networks: ReadonlySet<string>, dependent: ReadonlySet<Value>) {
    this.#graph = graph;
    this.#networks = networks;
    this.#dependent = dependent;
  }

  /** Accumulates dL/dx from one use of x; ignored unless x depends on the networks. */
  receive(x: Value, gradientOfX: Value): void {
    if (!this.#dependent.has(x)) return;
    const before = this.#upstream.get(x);
    this.#upstream.set(x, before ? this.#graph.add(before, gradientOfX) : gradientOfX);
  }

  visit(node: Node): void {
    if (!('out' in node)) return;
    const upstream = this.#upstream.get(node.out);
    if (!upstream) return;
    switch (node.kind) {
      case 'network':
        this.#network(node, upstream);
        return;
      case 'recurrent':
        this.#recurrent(node, upstream);
        return;
      case 'normalize':
        this.#normalize(node, upstream);
        return;
      case 'joint':
        this.#joint(node, upstream);
        return;
      case 'rows':
        this.#rows(node, upstream);
        return;
      case 'slots':
        this.receive(node.x, this.#graph.slots(upstream, -node.from, slotsOf(node.x)));
        return;
      case 'unary':
        this.#unary(node, upstream);
        return;
      case 'rowwise':
        this.#rowwise(node, upstream);
        return;
      case 'rowSum':
        this.receive(node.x, this.#graph.repeat(upstream, widthOf(node.x)));
        return;
      case 'repeat':
        this.receive(node.x, this.#graph.rowSum(upstream));
        return;
      case 'binary':
        this.#binary(node, upstream);
        return;
      case 'sum':
        this.receive(node.x, this.#graph.expand(upstream, node.x.shape));
        return;
      default:
        throw new GraphError(`gradient: expected a node with a gradient rule, got ${node.kind}`);
    }
  }

  #network(node: NetworkNode, upstream: Value): void {
    const parameters = this.#networks.has(node.network);
    const parts = node.parts.map((part) => this.#dependent.has(part));
    const result = this.#graph.networkGradient(node, upstream, { parameters, parts });
    this.#receiveParameters(node.network, result.parameters);
    node.parts.forEach((part, j) => {
      const gradientOfPart = result.parts[j];
      if (gradientOfPart) this.receive(part, gradientOfPart);
    });
  }

  #recurrent(node: RecurrentNode, upstream: Value): void {
    const needs = { parameters: this.#networks.has(node.network), x: this.#dependent.has(node.x) };
    const { parameters, x } = this.#graph.recurrentGradient(node, upstream, needs);
    this.#receiveParameters(node.network, parameters);
    if (x) this.receive(node.x, x);
  }

  #normalize(node: NormalizeNode, upstream: Value): void {
    const needs = { parameters: this.#networks.has(node.network), x: this.#dependent.has(node.x) };
    const { parameters, x } = this.#graph.normalizeGradient(node, upstream, needs);
    this.#receiveParameters(node.network, parameters);
    if (x) this.receive(node.x, x);
  }

  /** Accumulates dL/d(parameters) from one node that reads them. */
  #receiveParameters(network: string, gradientOfParameters: Value | undefined): void {
    if (!gradientOfParameters) return;
    const before = this.parameters.get(network);
    this.parameters.set(
      network,
      before ? this.#graph.add(before, gradientOfParameters) : gradientOfParameters,
    );
  }

  /** Each piece gets its columns of the joint gradient. */
  #joint(node: JointNode, upstream: Value): void {
    const offsets = new Map<Value, number[]>();
    let column = 0;
    for (const { x, row } of node.pieces) {
      const { shape } = x;
      if (shape.kind !== 'array') throw new GraphError('gradient of joint: expected arrays');
      const ofX = offsets.get(x) ?? new Array<number>(shape.rows).fill(-1);
      ofX[row] = column;
      offsets.set(x, ofX);
      column += shape.width;
    }
    for (const [x, columns] of offsets) {
      if (!this.#dependent.has(x) || x.shape.kind !== 'array') continue;
      if (columns.includes(-1))
        throw new GraphError('gradient of joint: expected all rows of a value, got only some');
      this.receive(x, this.#graph.rows(upstream, columns, x.shape.width));
    }
  }

  /** Rows go back to their columns; unused columns get zeros. */
  #rows({ x, offsets, out }: RowsNode, upstream: Value): void {
    const graph = this.#graph;
    const width = widthOf(out);
    const pieces: { x: Value; row: number }[] = [];
    let column = 0;
    const fillTo = (end: number): void => {
      if (end === column) return;
      if (end < column)
        throw new GraphError('gradient of rows: expected disjoint columns, got overlapping ones');
      const shape = { kind: 'array', slots: slotsOf(x), rows: 1, width: end - column } as const;
      const zeros = graph.expand(graph.constant(0), shape);
      pieces.push({ x: zeros, row: 0 });
    };
    for (const { offset, row } of offsets
      .map((offset, row) => ({ offset, row }))
      .sort((a, b) => a.offset - b.offset)) {
      fillTo(offset);
      pieces.push({ x: upstream, row });
      column = offset + width;
    }
    fillTo(widthOf(x));
    this.receive(x, graph.joint(pieces));
  }

  #unary(node: UnaryNode, upstream: Value): void {
    this.receive(node.x, this.#unaryGradient(node, upstream));
  }

  #unaryGradient({ operation, x, out }: UnaryNode, upstream: Value): Value {
    const graph = this.#graph;
    const one = (): Value => graph.constant(1);
    switch (operation.name) {
      case 'scale':
        return graph.scale(upstream, operation.by);
      case 'square':
        return graph.scale(graph.multiply(upstream, x), 2);
      case 'exp':
        return graph.multiply(upstream, out);
      case 'log':
        return graph.divide(upstream, x);
      case 'softplus':
        return graph.multiply(upstream, graph.sigmoid(x));
      case 'sigmoid':
        return graph.multiply(upstream, graph.multiply(out, graph.subtract(one(), out)));
      case 'tanh':
        return graph.multiply(upstream, graph.subtract(one(), graph.square(out)));
      case 'clip': {
        const inside = graph.multiply(
          graph.atMost(graph.constant(operation.low), x),
          graph.atMost(x, graph.constant(operation.high)),
        );
        return graph.multiply(upstream, inside);
      }
    }
  }

  /** softmax: y (u - sum of u y over the row). one_hot: straight-through. */
  #rowwise({ operation, x, out }: RowwiseNode, upstream: Value): void {
    const graph = this.#graph;
    if (operation === 'one_hot') {
      this.receive(x, upstream);
      return;
    }
    const along = graph.repeat(graph.rowSum(graph.multiply(upstream, out)), widthOf(x));
    this.receive(x, graph.multiply(out, graph.subtract(upstream, along)));
  }

  #binary({ operation, a, b, out }: BinaryNode, upstream: Value): void {
    const graph = this.#graph;
    if (operation === 'at_most') return;
    if (operation === 'minimum' || operation === 'maximum') {
      // The chosen operand gets the whole gradient; ties go to the first.
      const chosen = operation === 'minimum' ? graph.atMost(a, b) : graph.atMost(b, a);
      const give = (x: Value, share: Value): void => {
        if (this.#dependent.has(x)) this.receive(x, this.#likeOperand(graph.multiply(upstream, share), x));
      };
      give(a, chosen);
      give(b, graph.subtract(graph.constant(1), chosen));
      return;
    }
    const toA = (): Value => {
      if (operation === 'multiply') return graph.multiply(upstream, b);
      if (operation === 'divide') return graph.divide(upstream, b);
      return upstream;
    };
    const toB = (): Value => {
      if (operation === 'multiply') return graph.multiply(upstream, a);
      if (operation === 'divide') return graph.scale(graph.divide(graph.multiply(upstream, out), b), -1);
      return operation === 'subtract' ? graph.scale(upstream, -1) : upstream;
    };
    if (this.#dependent.has(a)) this.receive(a, this.#likeOperand(toA(), a));
    if (this.#dependent.has(b)) this.receive(b, this.#likeOperand(toB(), b));
  }

  /** Undoes broadcasting: the gradient of a scalar operand is the sum over elements. */
  #likeOperand(gradientOfOperand: Value, operand: Value): Value {
    const spread = operand.shape.kind === 'scalar' && gradientOfOperand.shape.kind !== 'scalar';
    return spread ? this.#graph.sum(gradientOfOperand) : gradientOfOperand;
  }
}
