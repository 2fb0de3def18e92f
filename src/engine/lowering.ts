/**
 * Lowering: what every engine needs when it compiles a graph. How a network's input rows split into parts, which copies
 * move no bytes, and lookups by name. No arithmetic and no memory: those are each engine's own.
 */
import { rowsOf, slotsOf, widthOf } from './graph.ts';
import type { JointNode, NetworkNode, RowsNode, UpdateGraph, Value } from './graph.ts';

/** One part of a network node's input rows. */
export interface InputPart {
  readonly value: Value;
  /**
   * `shared`: one row per slot, [B * slots, width], for a network with several. `rows`: one row per output row,
   * [B * slots * rows, width]. `ids`: the one-hot vector of each row's id, no memory.
   */
  readonly kind: 'shared' | 'rows' | 'ids';
  /** First column in W of the first layer. */
  readonly column: number;
  readonly width: number;
  /** The id of each row of a slot; empty unless `kind` is `ids`. */
  readonly ids: readonly number[];
}

/** The parts of a network node's input rows, in column order. */
export function inputParts({ nodes }: UpdateGraph, { parts, out }: NetworkNode): InputPart[] {
  let column = 0;
  return parts.map((value) => {
    const width = widthOf(value);
    const ids = nodes.find((node) => node.kind === 'ids' && node.out === value);
    const kind = ids ? 'ids' : rowsOf(value) < rowsOf(out) ? 'shared' : 'rows';
    const part = { value, kind, column, width, ids: ids?.kind === 'ids' ? ids.ids : [] } as const;
    column += width;
    return part;
  });
}

/**
 * The value whose bytes a node's output repeats unchanged, so that an engine can skip the copy: `rows` of a whole joint
 * array, or `joint` of all rows of one value in order. Undefined if the bytes move.
 */
export function aliasOf(node: RowsNode | JointNode): Value | undefined {
  if (node.kind === 'rows') {
    const { x, offsets, out } = node;
    const width = widthOf(out);
    const whole = offsets.length * width === widthOf(x);
    return whole && offsets.every((offset, row) => offset === row * width) ? x : undefined;
  }
  const { pieces } = node;
  const { x } = pieces[0]!;
  const whole = pieces.length * slotsOf(x) === rowsOf(x);
  return whole && pieces.every((piece, row) => piece.x === x && piece.row === row) ? x : undefined;
}

/** The entry called `name`; `what` says in errors what the map holds. Throws RangeError for an unknown name. */
export function named<T>(map: ReadonlyMap<string, T>, what: string, name: string): T {
  const found = map.get(name);
  if (found === undefined)
    throw new RangeError(`${what}: expected one of ${[...map.keys()].join(', ')}, got ${name}`);
  return found;
}
