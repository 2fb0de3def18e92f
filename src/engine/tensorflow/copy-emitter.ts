/** The nodes that only move numbers as TensorFlow operations: rows, joint and slots. */
import {
  rowsOf,
  slotsOf,
  widthOf,
  type JointNode,
  type RowsNode,
  type SlotsNode,
  type Value,
} from '../graph.ts';
import type { TensorName } from './graph-def.ts';
import type { Operations } from './operations.ts';

type Get = (value: Value) => TensorName;

/** The output of a node, from its inputs. */
export function emitCopy(
  ops: Operations,
  batchSize: number,
  node: RowsNode | JointNode | SlotsNode,
  get: Get,
): TensorName {
  if (node.kind === 'rows') return emitRows(ops, batchSize, node, get);
  return node.kind === 'joint' ? emitJoint(ops, batchSize, node, get) : emitSlots(ops, batchSize, node, get);
}

function emitRows(ops: Operations, batchSize: number, { x, offsets, out }: RowsNode, get: Get): TensorName {
  const [rows, from] = matrixOf(x, batchSize);
  const shape = matrixOf(out, batchSize);
  const width = shape[1];
  const blocks = offsets.map((offset) => ops.columns(get(x), rows, from, offset, width));
  return blocks.length === 1 ? blocks[0]! : ops.reshape(ops.concat(blocks), shape);
}

function emitJoint(ops: Operations, batchSize: number, { pieces }: JointNode, get: Get): TensorName {
  const blocks = pieces.map(({ x, row }) => {
    const width = widthOf(x);
    const slots = batchSize * slotsOf(x);
    const size = (rowsOf(x) / slotsOf(x)) * width;
    const wide = ops.reshape(get(x), [slots, size]);
    return ops.columns(wide, slots, size, row * width, width);
  });
  return ops.concat(blocks);
}

function emitSlots(ops: Operations, batchSize: number, { x, from, out }: SlotsNode, get: Get): TensorName {
  const size = (rowsOf(x) / slotsOf(x)) * widthOf(x);
  const first = Math.max(0, -from);
  const end = Math.min(slotsOf(out), slotsOf(x) - from);
  const wide = ops.reshape(get(x), [batchSize, slotsOf(x) * size]);
  const kept = ops.columns(wide, batchSize, slotsOf(x) * size, (from + first) * size, (end - first) * size);
  const zeros = (slots: number): TensorName[] => (slots === 0 ? [] : [ops.zeros([batchSize, slots * size])]);
  const all = ops.concat([...zeros(first), kept, ...zeros(slotsOf(out) - end)]);
  return ops.reshape(all, matrixOf(out, batchSize));
}

/** Shape of an array as a matrix: [B slots rows, width]. */
export function matrixOf(value: Value, batchSize: number): [number, number] {
  return [batchSize * rowsOf(value), widthOf(value)];
}
