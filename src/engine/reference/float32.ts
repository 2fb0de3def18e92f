/**
 * Float32 functions made of single IEEE operations, so that every engine and every machine gets the same
 * bits: no Math.exp, no fused multiply-add. The other engines repeat these operations in this order.
 * Range reduction and polynomials follow Cephes' single-precision expf and tanhf.
 */
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
/** 2^n for n = -126 .. 127. */
const POWERS_OF_TWO = Float32Array.from({ length: 254 }, (_, n) => 2 ** (n - 126));

/** Horner's scheme, every product and sum rounded. */
function polynomial(coefficients: readonly number[], x: number): number {
  let y = coefficients[0]!;
  for (let k = 1; k < coefficients.length; k++) y = f(f(y * x) + coefficients[k]!);
  return y;
}

/** e^x; x is first limited to [-87, 88], where the result is a normal number. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const limited = Math.max(f(-87), Math.min(f(88), x));
  const n = Math.floor(f(f(limited * LOG2_E) + f(0.5)));
  const r = f(f(limited - f(n * LN2_HIGH)) - f(n * LN2_LOW));
  const series = f(f(f(polynomial(EXP, r) * f(r * r)) + r) + f(1));
  return f(series * POWERS_OF_TWO[n + 126]!);
}

/** 1 / (1 + e^-x) */
export function sigmoid(x: number): number {
  return f(1 / f(f(1) + exp(-x)));
}

/** Odd polynomial below 0.625, 1 - 2 / (e^2|x| + 1) with x's sign above. */
export function tanh(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < f(0.625)) {
    const z = f(x * x);
    return f(f(f(polynomial(TANH, z) * z) * x) + x);
  }
  const y = f(1 - f(2 / f(exp(f(2 * magnitude)) + 1)));
  return x < 0 ? -y : y;
}

/** y = activation(x) */
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

/** gradient * activation'(x), from the activation's output y. */
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
