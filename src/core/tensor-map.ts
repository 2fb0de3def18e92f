/** Named float32 tensors: the exchange format of parameters, Adam moments and checkpoints. */

/** A row-major float32 array and its shape. `data.length` is the product of `shape`. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors by name, in insertion order. */
export type TensorMap = ReadonlyMap<string, Tensor>;

/** Number of elements; 1 for a scalar (`[]`). */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
