/**
 * Initial weights as XuanCe's: orthogonal matrices times the gain, zero biases, layer normalisation with gain 1 and shift 0.
 * Those of recurrent layers are orthogonal as a whole, over all gates, without a gain.
 */
import { leavesOf, parameterCount, type NetworkSpec } from '../engine/network-spec.ts';

/** Where the random numbers come from; core/random.ts has one. */
export interface WeightStream {
  /** One standard normal number. */
  normal(): number;
}

/** A network's block: orthogonal weights, those of dense layers times `gain`, and zero biases. */
export function initialBlock(spec: NetworkSpec, stream: WeightStream, gain = 1): Float32Array {
  const block = new Float32Array(parameterCount(spec));
  for (const { kind, shape, offset } of leavesOf(spec)) {
    const [outputs, inputs] = shape;
    if (kind === 'gain') block.fill(1, offset, offset + outputs!);
    if (kind !== 'weight' && kind !== 'recurrent') continue;
    const factor = kind === 'weight' ? gain : 1;
    const weights = orthogonal(outputs!, inputs!, stream);
    block.set(
      weights.map((w) => factor * w),
      offset,
    );
  }
  return block;
}

/**
 * A random matrix [rows, columns], row-major, with orthonormal rows (or columns, whichever are fewer), uniform over
 * such matrices: the Q of a normal matrix's QR factorisation with R's diagonal positive
 * (Saxe, McClelland and Ganguli 2014), by Gram-Schmidt in float64, each vector twice.
 */
export function orthogonal(rows: number, columns: number, stream: WeightStream): Float64Array {
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors = Array.from({ length: count }, () => Float64Array.from({ length }, () => stream.normal()));
  vectors.forEach((vector, v) => {
    for (let pass = 0; pass < 2; pass++)
      for (let u = 0; u < v; u++) {
        const along = dot(vector, vectors[u]!);
        for (let k = 0; k < length; k++) vector[k]! -= along * vectors[u]![k]!;
      }
    const norm = Math.sqrt(dot(vector, vector));
    for (let k = 0; k < length; k++) vector[k]! /= norm;
  });
  const matrix = new Float64Array(rows * columns);
  vectors.forEach((vector, v) => {
    for (let k = 0; k < length; k++) matrix[rows <= columns ? v * columns + k : k * columns + v] = vector[k]!;
  });
  return matrix;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
