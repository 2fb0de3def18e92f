/** Initial weights by the usual schemes, zero biases, layer normalisation that does nothing else yet; orthogonal with gain 1 is how XuanCe builds its networks. */
import { leavesOf, parameterCount, type NetworkSpec } from '../engine/network-spec.ts';

/** Where the random numbers come from; core/random.ts has one. */
export interface WeightStream {
  /** One standard normal number. */
  normal(): number;
  /** Uniform in [0, 1). */
  double(): number;
}

export type Initializer =
  'orthogonal' | 'xavier_uniform' | 'xavier_normal' | 'kaiming_uniform' | 'kaiming_normal' | 'normal';

/** Weights of a matrix [outputs, inputs], row-major, before the gain. */
type Scheme = (outputs: number, inputs: number, stream: WeightStream) => Float64Array;

/**
 * The schemes by name. xavier: Glorot and Bengio 2010, variance 2 / (inputs + outputs). kaiming: He et al. 2015, for
 * relu, variance 2 / inputs. A uniform distribution of variance v reaches to sqrt(3 v).
 */
const SCHEMES: Readonly<Record<Initializer, Scheme>> = {
  orthogonal,
  xavier_uniform: (outputs, inputs, stream) =>
    uniform(outputs * inputs, Math.sqrt(6 / (inputs + outputs)), stream),
  xavier_normal: (outputs, inputs, stream) =>
    normal(outputs * inputs, Math.sqrt(2 / (inputs + outputs)), stream),
  kaiming_uniform: (outputs, inputs, stream) => uniform(outputs * inputs, Math.sqrt(6 / inputs), stream),
  kaiming_normal: (outputs, inputs, stream) => normal(outputs * inputs, Math.sqrt(2 / inputs), stream),
  normal: (outputs, inputs, stream) => normal(outputs * inputs, 1, stream),
};

/** How weights are drawn: by a scheme, times `gain`. */
export interface Initialization {
  readonly initialize: Initializer;
  readonly gain: number;
}

/** A network's block with weights as drawn and zero biases. */
export function initialBlock(
  spec: NetworkSpec,
  stream: WeightStream,
  { initialize = 'orthogonal', gain = 1 }: Partial<Initialization> = {},
): Float32Array {
  const block = new Float32Array(parameterCount(spec));
  for (const { kind, shape, offset } of leavesOf(spec)) {
    const [outputs, inputs] = shape;
    if (kind === 'gain') block.fill(1, offset, offset + outputs!);
    if (kind !== 'weight') continue;
    const weights = SCHEMES[initialize](outputs!, inputs!, stream);
    block.set(
      weights.map((w) => gain * w),
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
export function orthogonal(
  rows: number,
  columns: number,
  stream: Pick<WeightStream, 'normal'>,
): Float64Array {
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

/** `count` numbers of [-bound, bound). */
function uniform(count: number, bound: number, stream: WeightStream): Float64Array {
  return Float64Array.from({ length: count }, () => bound * (2 * stream.double() - 1));
}

/** `count` normal numbers of this standard deviation. */
function normal(count: number, deviation: number, stream: WeightStream): Float64Array {
  return Float64Array.from({ length: count }, () => deviation * stream.normal());
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
