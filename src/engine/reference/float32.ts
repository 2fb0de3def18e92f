/**
 * Float32 functions built from single IEEE operations, so that every engine and machine gets the same bits: no
 * Math.exp, no fused multiply-add. Exact engines repeat these operations in this order. Range reduction and
 * polynomials follow Cephes' single-precision expf, logf and tanhf.
 */
import { powerOfTwo } from '../../core/math.ts';
import type { Activation } from '../network-spec.ts';

const f = Math.fround;

const LOG2_E = f(1.4426950408889634);
/** ln 2 in two parts: n * LN2_HIGH is exact for |n| < 2^15. */
const LN2_HIGH = f(0.693359375);
const LN2_LOW = f(-2.1219444e-4);
const EXP = [1.98756915e-4, 1.39819995e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5].map(f);
const TANH = [
  -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1,
].map(f);
const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(f);
const SQRT_HALF = f(0.7071067811865476);
const SMALLEST_NORMAL = 2 ** -126;
const LARGEST = f(3.4028234663852886e38);
/** 2^n for n = -126 .. 127. */
const POWERS_OF_TWO = Float32Array.from({ length: 254 }, (_, n) => powerOfTwo(n - 126));

/** Horner's scheme, rounding every product and sum. */
function polynomial(coefficients: readonly number[], x: number): number {
  let y = coefficients[0]!;
  for (let k = 1; k < coefficients.length; k++) y = f(f(y * x) + coefficients[k]!);
  return y;
}

/**
 * e^x; x is clamped to [-55, 55]. So saturated sigmoids and softmaxes end at 1e-24, far above the subnormal numbers, which
 * are slow on Intel.
 */
export function exp(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const limited = Math.max(f(-55), Math.min(f(55), x));
  const n = Math.floor(f(f(limited * LOG2_E) + f(0.5)));
  const r = f(f(limited - f(n * LN2_HIGH)) - f(n * LN2_LOW));
  const series = f(f(f(polynomial(EXP, r) * f(r * r)) + r) + f(1));
  return f(series * POWERS_OF_TWO[n + 126]!);
}

const word = new Float32Array(1);
const wordBits = new Int32Array(word.buffer);

/** Natural logarithm; x is clamped to the positive normal numbers. After Cephes' logf. */
export function log(x: number): number {
  if (Number.isNaN(x)) return NaN;
  word[0] = Math.min(LARGEST, Math.max(SMALLEST_NORMAL, x));
  const bits = wordBits[0]!;
  // x = mantissa 2^exponent, with the mantissa first in [1/2, 1), then moved to [sqrt(1/2), sqrt(2)).
  wordBits[0] = (bits & 0x7fffff) | 0x3f000000;
  const mantissa = word[0];
  const below = mantissa < SQRT_HALF;
  const exponent = (bits >> 23) - 126 - (below ? 1 : 0);
  const m = f(f(mantissa - 1) + (below ? mantissa : 0));
  const z = f(m * m);
  let y = f(f(polynomial(LOG, m) * m) * z);
  y = f(y + f(LN2_LOW * exponent));
  y = f(y - f(f(0.5) * z));
  return f(f(m + y) + f(LN2_HIGH * exponent));
}

/** log(1 + e^x) = max(x, 0) + log(1 + t), t = e^-|x|; the factor t / (u - 1) corrects the rounding of u = 1 + t. */
export function softplus(x: number): number {
  const t = exp(-Math.abs(x));
  const u = f(f(1) + t);
  const rest = u === 1 ? t : f(f(log(u) * t) / f(u - 1));
  return f(Math.max(x, 0) + rest);
}

/** 1 / (1 + e^-x) */
export function sigmoid(x: number): number {
  return f(1 / f(f(1) + exp(-x)));
}

/** Odd polynomial for |x| < 0.625, otherwise 1 - 2 / (e^2|x| + 1) with the sign of x. */
export function tanh(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < f(0.625)) {
    const z = f(x * x);
    return f(f(f(polynomial(TANH, z) * z) * x) + x);
  }
  const y = f(1 - f(2 / f(exp(f(2 * magnitude)) + 1)));
  return x < 0 ? -y : y;
}

export function activate(activation: Activation, slope: number, x: number): number {
  switch (activation) {
    case 'none':
      return x;
    case 'relu':
      return x > 0 ? x : 0;
    case 'leaky_relu':
      return x > 0 ? x : f(x * f(slope));
    case 'sigmoid':
      return sigmoid(x);
    case 'tanh':
      return tanh(x);
    case 'elu':
      return x > 0 ? x : f(exp(x) - 1);
  }
}

/** gradient * activation'(x), computed from the output y = activation(x). */
export function chainActivation(activation: Activation, slope: number, y: number, gradient: number): number {
  switch (activation) {
    case 'none':
      return gradient;
    case 'relu':
      return y > 0 ? gradient : 0;
    case 'leaky_relu':
      return y > 0 ? gradient : f(gradient * f(slope));
    case 'sigmoid':
      return f(gradient * f(y * f(1 - y)));
    case 'tanh':
      return f(gradient * f(1 - f(y * y)));
    case 'elu':
      return y > 0 ? gradient : f(gradient * f(y + 1));
  }
}
