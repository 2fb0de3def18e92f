/**
 * NetworkBuilder: the part of GraphBuilder that adds network nodes. It expands a network into its segments and the
 * operations between them, and rejects a backward pass whose forward pass used parameters that have changed since.
 */
import { GraphError, describeShape } from './graph.ts';
import type { Draw, NetworkNode, Node, NormalizeNode, Shape, Value } from './graph.ts';
import type { NetworkSpec } from './network-spec.ts';
import { segmentsOf, type Segment } from './segments.ts';

/** The graph being built. */
export interface NodeWriter {
  value(shape: Shape): Value;
  push(node: Node): void;
}

/** The GraphBuilder operations used between segments. */
export interface SegmentOperations {
  multiply(a: Value, b: Value): Value;
  noise(name: string, rows: number, width: number, draw: Draw): Value;
}

/** A node that reads a network's parameters. */
type Reader = NetworkNode | NormalizeNode;

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

  network(name: string, parts: readonly Value[], least: number): Value {
    const spec = this.spec(name);
    const rows = rowsOf(spec, parts, least);
    return segmentsOf(spec, this.#dropout.has(name)).reduce(
      (inputs, segment) => [this.#segment(name, segment, inputs, rows)],
      parts,
    )[0]!;
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

  /** One segment, and the unfused operations after its last layer. */
  #segment(network: string, segment: Segment, parts: readonly Value[], rows: number): Value {
    const { first, end, outputs, normalize, dropout } = segment;
    let out = this.#writer.value({ kind: 'array', rows, width: outputs });
    this.#read({ kind: 'network', network, first, end, parts, out });
    if (normalize) out = this.#normalize(network, end - 1, out);
    return dropout ? this.#operations.multiply(out, this.#mask(network, end - 1, rows, outputs)) : out;
  }

  #normalize(network: string, layer: number, x: Value): Value {
    const out = this.#writer.value(x.shape);
    this.#read({ kind: 'normalize', network, layer, x, out });
    return out;
  }

  /** A new dropout mask: one per use of a layer. */
  #mask(network: string, layer: number, rows: number, width: number): Value {
    const name = `dropout/${this.#masks++}/${network}/${layer}`;
    return this.#operations.noise(name, rows, width, { name: 'dropout', rate: this.#dropout.get(network)! });
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

/** Output rows of a network: those of its parts, or `least` if every part is shared. Throws GraphError on a mismatch. */
function rowsOf({ name, inputs }: NetworkSpec, parts: readonly Value[], least: number): number {
  let rows = least;
  let width = 0;
  for (const { shape } of parts) {
    if (shape.kind !== 'array' && shape.kind !== 'ids')
      throw new GraphError(`network ${name}: expected arrays, got ${describeShape(shape)}`);
    if (shape.rows > 1 && rows > 1 && shape.rows !== rows)
      throw new GraphError(`network ${name}: expected parts of ${rows} rows, got ${describeShape(shape)}`);
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
  return rows;
}
