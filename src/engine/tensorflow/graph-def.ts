/**
 * Builds a TensorFlow graph and serialises it as a SavedModel, using the protobuf module shipped with
 * @tensorflow/tfjs-node. Deals in operations and attributes only; emitter.ts translates update graphs into them.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** TensorFlow's codes of the data types used here. */
const DT_FLOAT = 1;
const DT_INT32 = 3;
const DT_BOOL = 10;

/** A tensor of the graph: `node:output`. */
export type TensorName = string;

/** An attribute of an operation. */
export type Attribute =
  | { readonly type: 'float' | 'int32' | 'bool' }
  | { readonly shape: readonly number[] }
  | { readonly int: number }
  | { readonly real: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly floats: readonly number[]; readonly of: readonly number[] }
  | { readonly ints: readonly number[] }
  | { readonly int32Scalar: number }
  | { readonly unknownShape: true };

const TYPES = { float: DT_FLOAT, int32: DT_INT32, bool: DT_BOOL } as const;

/** The part of a protobuf message used here. */
interface Message {
  serializeBinary(): Uint8Array;
  getAttrMap(): { set(name: string, value: Message): void };
  [setter: `set${string}` | `add${string}`]: (value: unknown) => void;
}

/** The constructors of dist/proto/api_pb.js. */
export type Messages = Readonly<Record<string, new () => Message>> & {
  readonly TensorShape: (new () => Message) & { readonly Dim: new () => Message };
  readonly MetaGraphDef: (new () => Message) & { readonly MetaInfoDef: new () => Message };
};

/** GraphDef version of TensorFlow 2.15, whose operation semantics the emitter assumes. */
const PRODUCER = 1645;

export class GraphDefBuilder {
  readonly #messages: Messages;
  readonly #graph: Message;
  #count = 0;

  constructor(messages: Messages) {
    this.#messages = messages;
    this.#graph = this.#make('GraphDef');
    const versions = this.#make('VersionDef');
    versions.setProducer!(PRODUCER);
    this.#graph.setVersions!(versions);
  }

  /** Adds an operation and returns its first output. `after`: operations that must run first. */
  op(
    type: string,
    inputs: readonly TensorName[],
    attributes: Readonly<Record<string, Attribute>> = {},
    options: { name?: string; after?: readonly TensorName[] } = {},
  ): TensorName {
    const name = options.name ?? `n${(this.#count += 1)}`;
    const node = this.#make('NodeDef');
    node.setName!(name);
    node.setOp!(type);
    for (const input of inputs) node.addInput!(input);
    for (const before of options.after ?? []) node.addInput!(`^${before.split(':')[0]!}`);
    for (const [key, attribute] of Object.entries(attributes))
      node.getAttrMap().set(key, this.#attribute(attribute));
    this.#graph.addNode!(node);
    return name;
  }

  floats(values: readonly number[], shape: readonly number[]): TensorName {
    return this.op('Const', [], { dtype: { type: 'float' }, value: { floats: values, of: shape } });
  }

  ints(values: readonly number[]): TensorName {
    return this.op('Const', [], { dtype: { type: 'int32' }, value: { ints: values } });
  }

  /** The bytes of saved_model.pb. */
  savedModel(): Uint8Array {
    const info = new this.#messages.MetaGraphDef.MetaInfoDef();
    info.addTags!('serve');
    const meta = this.#make('MetaGraphDef');
    meta.setMetaInfoDef!(info);
    meta.setGraphDef!(this.#graph);
    const model = this.#make('SavedModel');
    model.setSavedModelSchemaVersion!(1);
    model.addMetaGraphs!(meta);
    return model.serializeBinary();
  }

  #make(name: string): Message {
    return new this.#messages[name]!();
  }

  #shape(sizes: readonly number[]): Message {
    const shape = this.#make('TensorShape');
    for (const size of sizes) {
      const dim = new this.#messages.TensorShape.Dim();
      dim.setSize!(size);
      shape.addDim!(dim);
    }
    return shape;
  }

  #unknownShape(): Message {
    const shape = this.#make('TensorShape');
    shape.setUnknownRank!(true);
    return shape;
  }

  #attribute(attribute: Attribute): Message {
    const value = this.#make('AttrValue');
    if ('type' in attribute) value.setType!(TYPES[attribute.type]);
    else if ('shape' in attribute) value.setShape!(this.#shape(attribute.shape));
    else if ('unknownShape' in attribute) value.setShape!(this.#unknownShape());
    else if ('int' in attribute) value.setI!(attribute.int);
    else if ('real' in attribute) value.setF!(attribute.real);
    else if ('bool' in attribute) value.setB!(attribute.bool);
    else if ('text' in attribute) value.setS!(Buffer.from(attribute.text).toString('base64'));
    else value.setTensor!(this.#tensor(attribute));
    return value;
  }

  #tensor(
    attribute: Extract<Attribute, { floats: unknown } | { ints: unknown } | { int32Scalar: unknown }>,
  ): Message {
    const tensor = this.#make('Tensor');
    if ('floats' in attribute) {
      tensor.setDtype!(DT_FLOAT);
      tensor.setTensorShape!(this.#shape(attribute.of));
      tensor.setFloatValList!(attribute.floats);
    } else {
      const values = 'ints' in attribute ? attribute.ints : [attribute.int32Scalar];
      tensor.setDtype!(DT_INT32);
      tensor.setTensorShape!(this.#shape('ints' in attribute ? [values.length] : []));
      tensor.setIntValList!(values);
    }
    return tensor;
  }
}

/** Calls `use` with a temporary folder that holds the SavedModel. */
export function withSavedModel<T>(bytes: Uint8Array, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'maddpg-tensorflow-'));
  try {
    mkdirSync(join(folder, 'variables'));
    writeFileSync(join(folder, 'saved_model.pb'), bytes);
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
