/** sum + x y in float32, for the two settings of `arithmetic`. */
import type { Arithmetic } from '../engine.ts';

const f = Math.fround;

export type MultiplyAdd = (sum: number, x: number, y: number) => number;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Little-endian, as everywhere that V8 runs WebAssembly in shared memory. */
const [LOW, HIGH] = [0, 1];

/**
 * Rounds once, as the hardware's fused multiply-add does. The product of two float32 numbers is exact in float64. Its sum is
 * rounded to odd there (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008): float64 has more than
 * twice the digits and two more, so that rounding to float32 afterwards gives the float32 nearest to the exact sum.
 */
export function fusedMultiplyAdd(sum: number, x: number, y: number): number {
  const product = x * y;
  const total = sum + product;
  // Knuth's two-sum: what the addition rounded off. NaN if the total is not finite.
  const part = total - sum;
  const rest = sum - (total - part) + (product - part);
  return rest === 0 || Number.isNaN(rest) ? f(total) : f(roundedToOdd(total, rest));
}

/** Of the two float64 numbers around total + rest, the one with the odd mantissa; `total` is the nearer of them. */
function roundedToOdd(total: number, rest: number): number {
  double[0] = total;
  const low = words[LOW]!;
  if (low % 2 === 1) return total;
  if (rest > 0 === total > 0) words[LOW] = low + 1;
  else {
    // One step towards zero, with a borrow from the upper word.
    words[LOW] = low - 1;
    if (low === 0) words[HIGH]! -= 1;
  }
  return double[0];
}

/** Rounds the product, then the sum. */
export function plainMultiplyAdd(sum: number, x: number, y: number): number {
  return f(sum + f(x * y));
}

export const MULTIPLY_ADD: Readonly<Record<Arithmetic, MultiplyAdd>> = {
  fused: fusedMultiplyAdd,
  plain: plainMultiplyAdd,
};
