/**
 * Named tensors over one Float32Array: how parameters, Adam moments and checkpoints travel through
 * the program. Not a maths library: nothing here computes. Written by policy/, read by checkpoint/.
 */

/** A float32 array, row-major, with its shape. `data.length` is the product of `shape`. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors by name, in a fixed order (insertion order). */
export type TensorMap = ReadonlyMap<string, Tensor>;

/** Number of elements of a shape; 1 for a scalar (`[]`). */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
