// Activations on four float32 at a time, with the operations of reference/float32.ts in the same order.

import * as ACTIVATION from '../codes/activations';

@inline
function splat(x: f32): v128 {
  return f32x4.splat(x);
}

// Inlined: V8 keeps no vector in a register across a call.

@inline
export function exp4(x: v128): v128 {
  // One instruction each, unlike min and max; NaN stays.
  const limited = f32x4.pmax(f32x4.pmin(x, splat(55)), splat(-55));
  const n = f32x4.floor(f32x4.add(f32x4.mul(limited, splat(1.4426950408889634)), splat(0.5)));
  const r = f32x4.sub(f32x4.sub(limited, f32x4.mul(n, splat(0.693359375))), f32x4.mul(n, splat(-2.1219444e-4)));
  let p = splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), splat(1.39819995e-3));
  p = f32x4.add(f32x4.mul(p, r), splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), splat(0.5));
  const series = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), splat(1));
  // n + 127 in the low bits of a float32 between 2^23 and 2^24; the shift leaves them alone in the exponent.
  const power = i32x4.shl(f32x4.add(n, splat(8388608 + 127)), 23);
  return f32x4.mul(series, power);
}

export function log4(x: v128): v128 {
  const limited = f32x4.min(splat(3.4028234663852886e38), f32x4.max(splat(1.1754943508222875e-38), x));
  const mantissa = v128.or(v128.and(limited, i32x4.splat(0x7fffff)), i32x4.splat(0x3f000000));
  const below = f32x4.lt(mantissa, splat(0.7071067811865476));
  // A true lane is -1.
  const exponent = f32x4.convert_i32x4_s(i32x4.add(i32x4.sub(i32x4.shr_s(limited, 23), i32x4.splat(126)), below));
  const m = f32x4.add(f32x4.sub(mantissa, splat(1)), v128.and(mantissa, below));
  const z = f32x4.mul(m, m);
  let p = splat(7.0376836292e-2);
  p = f32x4.add(f32x4.mul(p, m), splat(-1.151461031e-1));
  p = f32x4.add(f32x4.mul(p, m), splat(1.167699874e-1));
  p = f32x4.add(f32x4.mul(p, m), splat(-1.2420140846e-1));
  p = f32x4.add(f32x4.mul(p, m), splat(1.4249322787e-1));
  p = f32x4.add(f32x4.mul(p, m), splat(-1.6668057665e-1));
  p = f32x4.add(f32x4.mul(p, m), splat(2.0000714765e-1));
  p = f32x4.add(f32x4.mul(p, m), splat(-2.4999993993e-1));
  p = f32x4.add(f32x4.mul(p, m), splat(3.3333331174e-1));
  let y = f32x4.mul(f32x4.mul(p, m), z);
  y = f32x4.add(y, f32x4.mul(splat(-2.1219444e-4), exponent));
  y = f32x4.sub(y, f32x4.mul(splat(0.5), z));
  const result = f32x4.add(f32x4.add(m, y), f32x4.mul(splat(0.693359375), exponent));
  return v128.bitselect(result, x, f32x4.eq(x, x));
}

export function softplus4(x: v128): v128 {
  const one = splat(1);
  const t = exp4(f32x4.neg(f32x4.abs(x)));
  const u = f32x4.add(one, t);
  const corrected = f32x4.div(f32x4.mul(log4(u), t), f32x4.sub(u, one));
  const rest = v128.bitselect(t, corrected, f32x4.eq(u, one));
  return f32x4.add(f32x4.max(x, splat(0)), rest);
}

@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), exp4(f32x4.neg(x))));
}

@inline
export function tanh4(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = splat(-5.70498872745e-3);
  p = f32x4.add(f32x4.mul(p, z), splat(2.06390887954e-2));
  p = f32x4.add(f32x4.mul(p, z), splat(-5.37397155531e-2));
  p = f32x4.add(f32x4.mul(p, z), splat(1.33314422036e-1));
  p = f32x4.add(f32x4.mul(p, z), splat(-3.33332819422e-1));
  const near = f32x4.add(f32x4.mul(f32x4.mul(p, z), x), x);
  const y = f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(exp4(f32x4.mul(splat(2), magnitude)), splat(1))));
  const far = v128.bitselect(f32x4.neg(y), y, f32x4.lt(x, splat(0)));
  return v128.bitselect(near, far, f32x4.lt(magnitude, splat(0.625)));
}

// No early returns: once inlined, the compiler would evaluate every returned expression before testing `kind`.

@inline
export function activate(kind: i32, slope: v128, x: v128): v128 {
  let y = x;
  if (kind == ACTIVATION.leaky_relu) y = v128.bitselect(x, f32x4.mul(x, slope), f32x4.gt(x, splat(0)));
  else if (kind == ACTIVATION.relu) y = v128.and(x, f32x4.gt(x, splat(0)));
  else if (kind == ACTIVATION.sigmoid) y = sigmoid4(x);
  else if (kind == ACTIVATION.tanh) y = tanh4(x);
  else if (kind == ACTIVATION.elu) y = v128.bitselect(x, f32x4.sub(exp4(x), splat(1)), f32x4.gt(x, splat(0)));
  return y;
}

@inline
export function chain(kind: i32, slope: v128, y: v128, gradient: v128): v128 {
  const one = splat(1);
  let delta = gradient;
  if (kind == ACTIVATION.leaky_relu) delta = v128.bitselect(gradient, f32x4.mul(gradient, slope), f32x4.gt(y, splat(0)));
  else if (kind == ACTIVATION.relu) delta = v128.and(gradient, f32x4.gt(y, splat(0)));
  else if (kind == ACTIVATION.sigmoid) delta = f32x4.mul(gradient, f32x4.mul(y, f32x4.sub(one, y)));
  else if (kind == ACTIVATION.tanh) delta = f32x4.mul(gradient, f32x4.sub(one, f32x4.mul(y, y)));
  else if (kind == ACTIVATION.elu) delta = v128.bitselect(gradient, f32x4.mul(gradient, f32x4.add(y, one)), f32x4.gt(y, splat(0)));
  return delta;
}
