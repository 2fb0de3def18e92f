/**
 * NetworkBuilder: the part of GraphBuilder that adds network nodes. It expands a network into its segments and the
 * operations between them, and rejects a backward pass whose forward pass used parameters that have changed since.
 */
import { GraphError, describeShape } from './graph.ts';
import type { Draw, NetworkNode, Node, NormalizeNode, RecurrentNode, Shape, Value } from './graph.ts';
import { recurrentLayersOf, STATES, type NetworkSpec } from './network-spec.ts';
import { segmentsOf, type Segment } from './segments.ts';

/** The graph being built. */
export interface NodeWriter {
  value(shape: Shape): Value;
  push(node: Node): void;
}

/** The GraphBuilder operations used between segments. */
export interface SegmentOperations {
  multiply(a: Value, b: Value): Value;
  joint(pieces: readonly { x: Value; row: number }[]): Value;
  noise(name: string, rows: number, width: number, draw: Draw, slots?: number): Value;
}

/** A node that reads a network's parameters. */
type Reader = NetworkNode | RecurrentNode | NormalizeNode;

export class NetworkBuilder {
  readonly specs: ReadonlyMap<string, NetworkSpec>;
  readonly #operations: SegmentOperations;
  readonly #writer: NodeWriter;
  /** Dropout rate by network. */
  readonly #dropout: ReadonlyMap<string, number>;
  #masks = 0;
  /** Number of changes to each network so far, and that number when a node read it. */
  readonly #changes = new Map<string, number>();
  readonly #changesAt = new Map<Reader, number>();

  constructor(
    operations: SegmentOperations,
    writer: NodeWriter,
    networks: Iterable<NetworkSpec>,
    dropout: ReadonlyMap<string, number>,
  ) {
    this.#operations = operations;
    this.#writer = writer;
    this.specs = new Map([...networks].map((spec) => [spec.name, spec]));
    this.#dropout = dropout;
  }

  spec(name: string): NetworkSpec {
    const spec = this.specs.get(name);
    if (!spec)
      throw new GraphError(`network: expected one of ${[...this.specs.keys()].join(', ')}, got ${name}`);
    return spec;
  }

  /** Records that a node has changed a network's parameters. */
  changed(network: string): void {
    this.#changes.set(network, this.#changesOf(network) + 1);
  }

  network(name: string, parts: readonly Value[], least: Rows): Value {
    const spec = this.spec(name);
    return this.#segments(spec, false, parts, rowsOf(name, spec.inputs, parts, least))[0]!;
  }

  representation(
    name: string,
    parts: readonly Value[],
    initial: readonly Value[] = [],
  ): { out: Value; states: Value[] } {
    const spec = this.spec(name);
    const { recurrent } = spec;
    if (!recurrent) throw new GraphError(`representation: expected a recurrent network, got ${name}`);
    const shape = rowsOf(name, recurrent.inputs, parts, { slots: 1, rows: 1 });
    const inputs = this.#segments(spec, true, parts, shape);
    let out = inputs.length === 1 ? inputs[0]! : this.#operations.joint(inputs.map((x) => ({ x, row: 0 })));
    const states: Value[] = [];
    const perLayer = initial.length / recurrent.layers;
    recurrentLayersOf(spec).forEach(({ width, cell }, layer) => {
      const before = initial.slice(layer * perLayer, (layer + 1) * perLayer);
      if (before.length > 0 && before.length !== STATES[cell].length)
        throw new GraphError(`representation of ${name}: expected h (and c of an LSTM) of each layer`);
      const x = layer > 0 ? this.#dropped(spec, layer, out) : out;
      out = this.#writer.value({ kind: 'array', ...shape, width });
      const cells = before.length === 2 ? this.#writer.value(out.shape) : undefined;
      this.#read({ kind: 'recurrent', network: name, layer, x, initial: before, out, cells });
      if (before.length > 0) states.push(out, ...(cells ? [cells] : []));
    });
    return { out, states };
  }

  recurrentGradient(
    of: RecurrentNode,
    upstream: Value,
    needs: { parameters: boolean; x: boolean },
  ): { parameters: Value | undefined; x: Value | undefined } {
    const parameters = this.#parametersOf(of, needs.parameters);
    const x = needs.x ? this.#writer.value(of.x.shape) : undefined;
    this.#writer.push({ kind: 'recurrentGradient', of, upstream, parameters, x });
    return { parameters, x };
  }

  networkGradient(
    of: NetworkNode,
    upstream: Value,
    needs: { parameters: boolean; parts: readonly boolean[] },
  ): { parameters: Value | undefined; parts: (Value | undefined)[] } {
    const parameters = this.#parametersOf(of, needs.parameters);
    const parts = of.parts.map(({ shape }, j) => (needs.parts[j] ? this.#writer.value(shape) : undefined));
    this.#writer.push({ kind: 'networkGradient', of, upstream, parameters, parts });
    return { parameters, parts };
  }

  normalizeGradient(
    of: NormalizeNode,
    upstream: Value,
    needs: { parameters: boolean; x: boolean },
  ): { parameters: Value | undefined; x: Value | undefined } {
    const parameters = this.#parametersOf(of, needs.parameters);
    const x = needs.x ? this.#writer.value(of.x.shape) : undefined;
    this.#writer.push({ kind: 'normalizeGradient', of, upstream, parameters, x });
    return { parameters, x };
  }

  /** The segments in front of a network's recurrent layers, or those of its head. */
  #segments(spec: NetworkSpec, front: boolean, parts: readonly Value[], shape: Rows): readonly Value[] {
    return segmentsOf(spec, this.#dropout.has(spec.name))
      .filter((segment) => segment.front === front)
      .reduce((inputs, segment) => [this.#segment(spec.name, segment, inputs, shape)], parts);
  }

  /** One segment, and the unfused operations after its last layer. */
  #segment(network: string, segment: Segment, parts: readonly Value[], shape: Rows): Value {
    const { first, end, outputs, normalize, dropout } = segment;
    let out = this.#writer.value({ kind: 'array', ...shape, width: outputs });
    this.#read({ kind: 'network', network, first, end, parts, out });
    if (normalize) out = this.#normalize(network, end - 1, out);
    return dropout ? this.#operations.multiply(out, this.#mask(network, end - 1, shape, outputs)) : out;
  }

  /** The outputs of one recurrent layer as the next one sees them. */
  #dropped({ name }: NetworkSpec, layer: number, x: Value): Value {
    if (!this.#dropout.has(name) || x.shape.kind !== 'array') return x;
    return this.#operations.multiply(x, this.#mask(name, layer - 1, x.shape, x.shape.width));
  }

  #normalize(network: string, layer: number, x: Value): Value {
    const out = this.#writer.value(x.shape);
    this.#read({ kind: 'normalize', network, layer, x, out });
    return out;
  }

  /** A new dropout mask: one per use of a layer. */
  #mask(network: string, layer: number, { slots, rows }: Rows, width: number): Value {
    const name = `dropout/${this.#masks++}/${network}/${layer}`;
    const draw = { name: 'dropout', rate: this.#dropout.get(network)! } as const;
    return this.#operations.noise(name, rows, width, draw, slots);
  }

  /** Adds a node that reads a network's current parameters. */
  #read(node: Reader): void {
    this.#changesAt.set(node, this.#changesOf(node.network));
    this.#writer.push(node);
  }

  /** A value for dL/d(parameters), if needed. Throws GraphError if the parameters have changed since the forward pass. */
  #parametersOf(of: Reader, needed: boolean): Value | undefined {
    const { network } = of;
    if (this.#changesAt.get(of) !== this.#changesOf(network))
      throw new GraphError(
        `gradient of ${network}: expected the parameters of its forward pass, got changed ones`,
      );
    return needed ? this.#writer.value({ kind: 'parameters', network }) : undefined;
  }

  #changesOf(network: string): number {
    return this.#changes.get(network) ?? 0;
  }
}

/** Slots and rows of an array. */
interface Rows {
  readonly slots: number;
  readonly rows: number;
}

/** Output rows of a network: those of its parts, or `least` if every part is shared. Throws GraphError on a mismatch. */
function rowsOf(name: string, inputs: number, parts: readonly Value[], least: Rows): Rows {
  let { rows } = least;
  let slots: number | undefined;
  let width = 0;
  for (const { shape } of parts) {
    if (shape.kind !== 'array' && shape.kind !== 'ids')
      throw new GraphError(`network ${name}: expected arrays, got ${describeShape(shape)}`);
    if (shape.rows > 1 && rows > 1 && shape.rows !== rows)
      throw new GraphError(`network ${name}: expected parts of ${rows} rows, got ${describeShape(shape)}`);
    if (shape.kind === 'array' && (slots ??= shape.slots) !== shape.slots)
      throw new GraphError(`network ${name}: expected parts of ${slots} slots, got ${describeShape(shape)}`);
    rows = Math.max(rows, shape.rows);
    width += shape.width;
  }
  if (width !== inputs)
    throw new GraphError(`network ${name}: expected ${inputs} input columns, got ${width}`);
  for (const { shape } of parts)
    if (shape.kind === 'ids' && shape.rows !== rows)
      throw new GraphError(`network ${name}: expected ids for ${rows} rows, got ${shape.rows}`);
  if (parts.filter(({ shape }) => shape.kind === 'ids').length > 1)
    throw new GraphError(`network ${name}: expected at most one part of ids, got several`);
  return { slots: slots ?? least.slots, rows };
}
