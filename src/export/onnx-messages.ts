/**
 * ONNX's messages (onnx/onnx.proto), as far as exports need them:
 *
 *   ModelProto   1 ir_version, 2 producer_name, 3 producer_version, 6 doc_string, 7 graph, 8 opset_import, 14 metadata_props
 *   GraphProto   1 node, 2 name, 5 initializer, 11 input, 12 output
 *   NodeProto    1 input, 2 output, 3 name, 4 op_type, 5 attribute
 *   Attribute    1 name, 2 f, 3 i, 20 type (1 float, 2 int)
 *   TensorProto  1 dims, 2 data_type, 8 name, 9 raw_data
 *   ValueInfo    1 name, 2 type: { 1 tensor_type: { 1 elem_type, 2 shape: { 1 dim: { 1 dim_value, 2 dim_param } } } }
 */
import { concatenated, float, integer, message, text } from '../core/protobuf.ts';

/** What runtimes of 2022 and later read; LayerNormalization needs 17. */
const OPSET = 17;
const IR_VERSION = 8;

/** Codes of element types. */
export const FLOAT = 1;
export const INT64 = 7;

/** An attribute: a number of C's type float, or a whole one >= 0. */
export type OnnxAttribute = { readonly float: number } | { readonly int: number };

export function node(
  operation: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, OnnxAttribute>> = {},
): Uint8Array {
  return concatenated([
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    ...[text(3, outputs[0]!), text(4, operation)],
    ...Object.entries(attributes).map(([name, value]) =>
      'int' in value
        ? message(5, text(1, name), integer(3, value.int), integer(20, 2))
        : message(5, text(1, name), float(2, value.float), integer(20, 1)),
    ),
  ]);
}

export function floatTensor(name: string, shape: readonly number[], data: Float32Array): Uint8Array {
  return concatenated([
    ...shape.map((size) => integer(1, size)),
    ...[integer(2, FLOAT), text(8, name)],
    message(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);
}

/** An input or output of a graph, [batch, ...shape]. */
export function valueInfo(name: string, type: number, shape: readonly number[]): Uint8Array {
  const sizes = [message(1, text(2, 'batch')), ...shape.map((size) => message(1, integer(1, size)))];
  return concatenated([text(1, name), message(2, message(1, integer(1, type), message(2, ...sizes)))]);
}

/** The parts of a graph, as encoded messages. */
export interface OnnxGraph {
  readonly nodes: readonly Uint8Array[];
  readonly initializers: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** A whole file. */
export function onnxModel(
  name: string,
  { nodes, initializers, inputs, outputs }: OnnxGraph,
  producer: string,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  return concatenated([
    ...[integer(1, IR_VERSION), text(2, 'maddpg'), text(3, producer)],
    message(
      7,
      ...nodes.map((one) => message(1, one)),
      text(2, name),
      ...initializers.map((one) => message(5, one)),
      ...inputs.map((one) => message(11, one)),
      ...outputs.map((one) => message(12, one)),
    ),
    message(8, integer(2, OPSET)),
    ...Object.entries(metadata).map(([key, value]) => message(14, text(1, key), text(2, value))),
  ]);
}
