/**
 * TensorFlow's operations by the names that an update graph has for them: thin covers of GraphDefBuilder.op that fill in
 * types and constants. Everything is float32.
 */
import type { Activation } from '../network-spec.ts';
import type { Attribute, GraphDefBuilder, TensorName } from './graph-def.ts';

/** The attribute of nearly every operation. */
export const T: Readonly<Record<string, Attribute>> = { T: { type: 'float' } };

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

  axis(axis: number): TensorName {
    return this.op('Const', [], { dtype: { type: 'int32' }, value: { int32Scalar: axis } });
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

  /** gradient * activation'(.), from the output y. */
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

  reshape(x: TensorName, shape: readonly number[]): TensorName {
    return this.op('Reshape', [x, this.builder.ints(shape)], { ...T, Tshape: { type: 'int32' } });
  }

  /** Matrices side by side, or vectors one after the other (axis 0). */
  concat(blocks: readonly TensorName[], axis = 1): TensorName {
    if (blocks.length === 1) return blocks[0]!;
    return this.op('ConcatV2', [...blocks, this.axis(axis)], {
      ...T,
      Tidx: { type: 'int32' },
      N: { int: blocks.length },
    });
  }

  /** Columns of a matrix [rows, total]. */
  columns(x: TensorName, rows: number, total: number, from: number, width: number): TensorName {
    if (from === 0 && width === total) return x;
    const [begin, size] = [this.builder.ints([0, from]), this.builder.ints([rows, width])];
    return this.op('Slice', [x, begin, size], { ...T, Index: { type: 'int32' } });
  }
}
