/**
 * TensorFlow operations under the names that update graphs use: thin wrappers of GraphDefBuilder.op that fill in types
 * and constants. Everything is float32.
 */
import type { BinaryOperation, RowwiseOperation, UnaryOperation } from '../graph.ts';
import type { Activation } from '../network-spec.ts';
import type { Attribute, GraphDefBuilder, TensorName } from './graph-def.ts';

/** The type attribute of nearly every operation. */
export const T: Readonly<Record<string, Attribute>> = { T: { type: 'float' } };

const BINARY: Readonly<Record<Exclude<BinaryOperation, 'at_most'>, string>> = {
  add: 'AddV2',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'RealDiv',
  minimum: 'Minimum',
  maximum: 'Maximum',
};

export class Operations {
  readonly builder: GraphDefBuilder;

  constructor(builder: GraphDefBuilder) {
    this.builder = builder;
  }

  op(
    type: string,
    inputs: readonly TensorName[],
    attributes: Readonly<Record<string, Attribute>> = T,
  ): TensorName {
    return this.builder.op(type, inputs, attributes);
  }

  scalar(value: number): TensorName {
    return this.builder.floats([value], []);
  }

  int(value: number): TensorName {
    return this.op('Const', [], { dtype: { type: 'int32' }, value: { int32Scalar: value } });
  }

  read(handle: TensorName): TensorName {
    return this.op('ReadVariableOp', [handle], { dtype: { type: 'float' } });
  }

  activate(activation: Activation, slope: number, x: TensorName): TensorName {
    const simple = { relu: 'Relu', sigmoid: 'Sigmoid', tanh: 'Tanh', elu: 'Elu' } as const;
    if (activation === 'none') return x;
    if (activation === 'leaky_relu') return this.op('LeakyRelu', [x], { ...T, alpha: { real: slope } });
    return this.op(simple[activation], [x]);
  }

  /** gradient * activation'(.), computed from the output y. */
  chain(activation: Activation, slope: number, y: TensorName, gradient: TensorName): TensorName {
    switch (activation) {
      case 'none':
        return gradient;
      case 'relu':
        return this.op('ReluGrad', [gradient, y]);
      case 'leaky_relu':
        return this.op('LeakyReluGrad', [gradient, y], { ...T, alpha: { real: slope } });
      case 'sigmoid':
        return this.op('SigmoidGrad', [y, gradient]);
      case 'tanh':
        return this.op('TanhGrad', [y, gradient]);
      case 'elu':
        return this.op('EluGrad', [gradient, y]);
    }
  }

  unary(operation: UnaryOperation, x: TensorName): TensorName {
    switch (operation.name) {
      case 'scale':
        return this.op('Mul', [x, this.scalar(operation.by)]);
      case 'square':
        return this.op('Square', [x]);
      case 'exp':
        return this.op('Exp', [x]);
      case 'log':
        return this.op('Log', [this.op('Maximum', [x, this.scalar(2 ** -126)])]);
      case 'softplus':
        return this.op('Softplus', [x]);
      case 'sigmoid':
        return this.op('Sigmoid', [x]);
      case 'tanh':
        return this.op('Tanh', [x]);
      case 'clip': {
        const above = this.op('Maximum', [x, this.scalar(operation.low)]);
        return this.op('Minimum', [above, this.scalar(operation.high)]);
      }
    }
  }

  binary(operation: BinaryOperation, a: TensorName, b: TensorName): TensorName {
    if (operation !== 'at_most') return this.op(BINARY[operation], [a, b]);
    const truth = this.op('LessEqual', [a, b]);
    return this.op('Cast', [truth], {
      SrcT: { type: 'bool' },
      DstT: { type: 'float' },
      Truncate: { bool: false },
    });
  }

  /** Applies an operation to each row of a matrix with `width` columns. */
  rowwise(operation: RowwiseOperation, x: TensorName, width: number): TensorName {
    if (operation === 'softmax') return this.op('Softmax', [x]);
    const index = this.op('ArgMax', [x, this.int(1)], {
      ...T,
      Tidx: { type: 'int32' },
      output_type: { type: 'int32' },
    });
    const depth = this.int(width);
    return this.op('OneHot', [index, depth, this.scalar(1), this.scalar(0)], {
      ...T,
      TI: { type: 'int32' },
      axis: { int: -1 },
    });
  }

  matmul(a: TensorName, b: TensorName, transpose: { a?: boolean; b?: boolean } = {}): TensorName {
    const attributes = {
      ...T,
      transpose_a: { bool: transpose.a ?? false },
      transpose_b: { bool: transpose.b ?? false },
    };
    return this.op('MatMul', [a, b], attributes);
  }

  sum(x: TensorName, axes: readonly number[]): TensorName {
    return this.op('Sum', [x, this.builder.ints(axes)], {
      ...T,
      Tidx: { type: 'int32' },
      keep_dims: { bool: false },
    });
  }

  /** Sum of a matrix's rows, a vector: the gradient of a bias, and twice as fast as the general sum. */
  sumOfRows(x: TensorName): TensorName {
    return this.op('BiasAddGrad', [x]);
  }

  /** Repeats a tensor `multiples[d]` times along dimension d. */
  tile(x: TensorName, multiples: readonly number[]): TensorName {
    if (multiples.every((count) => count === 1)) return x;
    return this.op('Tile', [x, this.builder.ints(multiples)], { ...T, Tmultiples: { type: 'int32' } });
  }

  /** Mean of each row of a matrix, as a column. */
  rowMean(x: TensorName): TensorName {
    return this.op('Mean', [x, this.builder.ints([1])], {
      ...T,
      Tidx: { type: 'int32' },
      keep_dims: { bool: true },
    });
  }

  reshape(x: TensorName, shape: readonly number[]): TensorName {
    return this.op('Reshape', [x, this.builder.ints(shape)], { ...T, Tshape: { type: 'int32' } });
  }

  /** Concatenates matrices by columns, or vectors (axis 0). */
  concat(blocks: readonly TensorName[], axis = 1): TensorName {
    if (blocks.length === 1) return blocks[0]!;
    return this.op('ConcatV2', [...blocks, this.int(axis)], {
      ...T,
      Tidx: { type: 'int32' },
      N: { int: blocks.length },
    });
  }

  /** Equal parts of a matrix, by columns. */
  split(x: TensorName, count: number): TensorName[] {
    if (count === 1) return [x];
    const parts = this.op('Split', [this.int(1), x], { ...T, num_split: { int: count } });
    return Array.from({ length: count }, (_, k) => (k === 0 ? parts : `${parts}:${k}`));
  }

  zeros(shape: readonly number[]): TensorName {
    return this.fill(shape, this.scalar(0));
  }

  /** A tensor of one number everywhere. */
  fill(shape: readonly number[], value: TensorName): TensorName {
    return this.op('Fill', [this.builder.ints(shape), value], { ...T, index_type: { type: 'int32' } });
  }

  /** Pads a vector with zeros. */
  pad(x: TensorName, before: number, after: number): TensorName {
    if (before === 0 && after === 0) return x;
    const int32 = { type: 'int32' } as const;
    const [pair, shape] = [this.builder.ints([before, after]), this.builder.ints([1, 2])];
    const paddings = this.op('Reshape', [pair, shape], { T: int32, Tshape: int32 });
    return this.op('Pad', [x, paddings], { ...T, Tpaddings: int32 });
  }

  /** Columns from .. from + width - 1 of a matrix [rows, total]. */
  columns(x: TensorName, rows: number, total: number, from: number, width: number): TensorName {
    if (from === 0 && width === total) return x;
    const [begin, size] = [this.builder.ints([0, from]), this.builder.ints([rows, width])];
    return this.op('Slice', [x, begin, size], { ...T, Index: { type: 'int32' } });
  }
}
