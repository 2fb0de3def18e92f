// Element-wise and row-wise arithmetic, reductions, Adam and soft updates. Counts are in float32 elements, ranges are
// first .. end-1, ld* and strides are in bytes.

import * as BINARY from '../codes/binary';
import * as UNARY from '../codes/unary';
import { chain, exp4, log4, sigmoid4, softplus4, tanh4 } from './activation';
import { lower, upper } from './halves';

/** dst[s, r, 0 .. width) = src[s, r, 0 .. width) for samples first .. end-1 with n rows each. */
export function copyRows(
  first: i32, end: i32, n: i32,
  src: usize, srcSample: usize, srcRow: usize,
  dst: usize, dstSample: usize, dstRow: usize, width: i32,
): void {
  for (let s = first; s < end; s++)
    for (let r = 0; r < n; r++) {
      const from = src + <usize>s * srcSample + <usize>r * srcRow;
      const to = dst + <usize>s * dstSample + <usize>r * dstRow;
      let c = 0;
      for (; c + 4 <= width; c += 4) v128.store(to + <usize>c * 4, v128.load(from + <usize>c * 4));
      for (; c < width; c++) store<f32>(to + <usize>c * 4, load<f32>(from + <usize>c * 4));
    }
}

/**
 * Delta of the last layer: dst[r, .] = upstream[r, .] * activation'(y[r, .]). upstream is dense; y and dst are
 * padded.
 */
export function seedDelta(
  first: i32, end: i32, width: i32,
  upstream: usize, y: usize, dst: usize, ld: usize,
  activation: i32, slope: f32,
): void {
  const slopes = f32x4.splat(slope);
  for (let r = first; r < end; r++) {
    const from = upstream + <usize>(r * width) * 4;
    const at = <usize>r * ld;
    let c = 0;
    for (; c + 4 <= width; c += 4) {
      const value = chain(activation, slopes, v128.load(y + at + <usize>c * 4), v128.load(from + <usize>c * 4));
      v128.store(dst + at + <usize>c * 4, value);
    }
    for (; c < width; c++) {
      const value = chain(activation, slopes, v128.load32_splat(y + at + <usize>c * 4), v128.load32_splat(from + <usize>c * 4));
      store<f32>(dst + at + <usize>c * 4, f32x4.extract_lane(value, 0));
    }
  }
}

/** dst[s, .] = sum of src rows s*n .. s*n+n-1 in order, for `vectors` groups of four columns. */
export function sumOfRows(first: i32, end: i32, n: i32, src: usize, dst: usize, ld: usize, vectors: i32): void {
  for (let s = first; s < end; s++)
    for (let v = 0; v < vectors; v++) {
      let from = src + <usize>(s * n) * ld + <usize>v * 16;
      let sum = v128.load(from);
      for (let i = 1; i < n; i++) {
        from += ld;
        sum = f32x4.add(sum, v128.load(from));
      }
      v128.store(dst + <usize>s * ld + <usize>v * 16, sum);
    }
}

/** dst[.] = sum of src[r, .] over r = first, first + step, ... < end, in order from +0; one cache line at a time. */
export function sumDown(first: i32, end: i32, step: i32, src: usize, ld: usize, dst: usize, vectors: i32): void {
  const start = src + <usize>first * ld, stop = src + <usize>end * ld, stride = <usize>step * ld;
  let v = 0;
  for (; v + 4 <= vectors; v += 4) {
    const column = <usize>v * 16;
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let r = start; r < stop; r += stride) {
      s0 = f32x4.add(s0, v128.load(r + column));
      s1 = f32x4.add(s1, v128.load(r + column, 16));
      s2 = f32x4.add(s2, v128.load(r + column, 32));
      s3 = f32x4.add(s3, v128.load(r + column, 48));
    }
    v128.store(dst + column, s0); v128.store(dst + column, s1, 16);
    v128.store(dst + column, s2, 32); v128.store(dst + column, s3, 48);
  }
  for (; v < vectors; v++) {
    const column = <usize>v * 16;
    let sum = f32x4.splat(0);
    for (let r = start; r < stop; r += stride) sum = f32x4.add(sum, v128.load(r + column));
    v128.store(dst + column, sum);
  }
}

/** Sum over shards, in order from +0, of the element at src + shard * stride. */
@inline
function overShards(src: usize, stride: usize, shards: i32): f32 {
  let sum: f32 = 0;
  for (let s = 0; s < shards; s++) sum += load<f32>(src + <usize>s * stride);
  return sum;
}

/** dst[o, 0 .. width) = the shard sums added in order, for rows first .. end-1. */
export function reduceShards(
  first: i32, end: i32, width: i32, shards: i32,
  src: usize, stride: usize, srcRow: usize,
  dst: usize, dstRow: usize,
): void {
  for (let o = first; o < end; o++) {
    const from = src + <usize>o * srcRow;
    const to = dst + <usize>o * dstRow;
    let c = 0;
    for (; c + 4 <= width; c += 4) {
      let sum = f32x4.splat(0);
      for (let s = 0; s < shards; s++) sum = f32x4.add(sum, v128.load(from + <usize>s * stride + <usize>c * 4));
      v128.store(to + <usize>c * 4, sum);
    }
    for (; c < width; c++) store<f32>(to + <usize>c * 4, overShards(from + <usize>c * 4, stride, shards));
  }
}

// No early returns: once inlined, the compiler would evaluate every returned expression before testing `operation`.
@inline
function combine(operation: i32, x: v128, y: v128): v128 {
  let z = x;
  if (operation == BINARY.add) z = f32x4.add(x, y);
  else if (operation == BINARY.subtract) z = f32x4.sub(x, y);
  else if (operation == BINARY.multiply) z = f32x4.mul(x, y);
  else if (operation == BINARY.divide) z = f32x4.div(x, y);
  else if (operation == BINARY.at_most) z = v128.and(f32x4.splat(1), f32x4.le(x, y));
  else if (operation == BINARY.minimum) z = f32x4.min(x, y);
  else z = f32x4.max(x, y);
  return z;
}

/** out[k] = x[k] operation y[k]. An operand with stride 0 is a scalar; the stride of an array is 1. */
export function binary(operation: i32, first: i32, end: i32, x: usize, strideX: i32, y: usize, strideY: i32, out: usize): void {
  let k = first;
  for (; k + 4 <= end; k += 4) {
    const p = strideX ? v128.load(x + <usize>k * 4) : v128.load32_splat(x);
    const q = strideY ? v128.load(y + <usize>k * 4) : v128.load32_splat(y);
    v128.store(out + <usize>k * 4, combine(operation, p, q));
  }
  for (; k < end; k++) {
    const p = v128.load32_splat(x + <usize>(k * strideX) * 4);
    const q = v128.load32_splat(y + <usize>(k * strideY) * 4);
    store<f32>(out + <usize>k * 4, f32x4.extract_lane(combine(operation, p, q), 0));
  }
}

/** out[k] = min(max(x[k], low), high) */
export function clip(low: f32, high: f32, first: i32, end: i32, x: usize, out: usize): void {
  for (let k = first; k < end; k++)
    store<f32>(out + <usize>k * 4, min<f32>(max<f32>(load<f32>(x + <usize>k * 4), low), high));
}

// No early returns, as above.
@inline
function apply(operation: i32, factor: v128, x: v128): v128 {
  let y = x;
  if (operation == UNARY.scale) y = f32x4.mul(x, factor);
  else if (operation == UNARY.square) y = f32x4.mul(x, x);
  else if (operation == UNARY.exp) y = exp4(x);
  else if (operation == UNARY.log) y = log4(x);
  else if (operation == UNARY.softplus) y = softplus4(x);
  else if (operation == UNARY.sigmoid) y = sigmoid4(x);
  else y = tanh4(x);
  return y;
}

/** out[k] = operation(x[k]); `by` is the factor of `scale`. */
export function unary(operation: i32, by: f32, first: i32, end: i32, x: usize, out: usize): void {
  const factor = f32x4.splat(by);
  let k = first;
  for (; k + 4 <= end; k += 4)
    v128.store(out + <usize>k * 4, apply(operation, factor, v128.load(x + <usize>k * 4)));
  for (; k < end; k++) {
    const v = apply(operation, factor, v128.load32_splat(x + <usize>k * 4));
    store<f32>(out + <usize>k * 4, f32x4.extract_lane(v, 0));
  }
}

/** Softmax or one-hot argmax (first maximum) of rows first .. end-1. */
export function rowwise(first: i32, end: i32, width: i32, oneHot: bool, x: usize, out: usize): void {
  const row = <usize>width * 4;
  for (let r = first; r < end; r++) {
    const from = x + <usize>r * row, to = out + <usize>r * row;
    if (oneHot) oneHotRow(width, from, to);
    else softmaxRow(width, from, to);
  }
}

function softmaxRow(width: i32, x: usize, out: usize): void {
  let largest = load<f32>(x);
  for (let c = 1; c < width; c++) largest = max<f32>(largest, load<f32>(x + <usize>c * 4));
  let sum: f32 = 0;
  for (let c = 0; c < width; c++) {
    const e = f32x4.extract_lane(exp4(f32x4.splat(load<f32>(x + <usize>c * 4) - largest)), 0);
    store<f32>(out + <usize>c * 4, e);
    sum += e;
  }
  for (let c = 0; c < width; c++) store<f32>(out + <usize>c * 4, load<f32>(out + <usize>c * 4) / sum);
}

function oneHotRow(width: i32, x: usize, out: usize): void {
  let best = 0;
  for (let c = 0; c < width; c++) {
    if (load<f32>(x + <usize>c * 4) > load<f32>(x + <usize>best * 4)) best = c;
    store<f32>(out + <usize>c * 4, 0);
  }
  store<f32>(out + <usize>best * 4, 1);
}

/** out[r] = sum of row r in column order, from +0. */
export function rowSum(first: i32, end: i32, width: i32, x: usize, out: usize): void {
  for (let r = first; r < end; r++) {
    let sum: f32 = 0;
    for (let c = 0; c < width; c++) sum += load<f32>(x + <usize>(r * width + c) * 4);
    store<f32>(out + <usize>r * 4, sum);
  }
}

/** out[r, .] = x[r] */
export function repeat(first: i32, end: i32, width: i32, x: usize, out: usize): void {
  for (let r = first; r < end; r++) {
    const value = load<f32>(x + <usize>r * 4);
    for (let c = 0; c < width; c++) store<f32>(out + <usize>(r * width + c) * 4, value);
  }
}

export function fill(first: i32, end: i32, x: usize, out: usize): void {
  const value = load<f32>(x);
  for (let k = first; k < end; k++) store<f32>(out + <usize>k * 4, value);
}

/** Lane sum of n elements (sums.ts). */
export function sumInLanes(n: i32, x: usize, out: usize): void {
  let low = f64x2.splat(0), high = low;
  let k = 0;
  for (; k + 4 <= n; k += 4) {
    const v = v128.load(x + <usize>k * 4);
    low = f64x2.add(low, lower(v));
    high = f64x2.add(high, upper(v));
  }
  let l0 = f64x2.extract_lane(low, 0), l1 = f64x2.extract_lane(low, 1), l2 = f64x2.extract_lane(high, 0);
  if (k < n) l0 += <f64>load<f32>(x + <usize>k * 4);
  if (k + 1 < n) l1 += <f64>load<f32>(x + <usize>k * 4, 4);
  if (k + 2 < n) l2 += <f64>load<f32>(x + <usize>k * 4, 8);
  store<f32>(out, <f32>(l0 + l1 + (l2 + f64x2.extract_lane(high, 1))));
}

/** Adds the squares of n elements, a multiple of 4, to the four float64 lanes at `lanes`. */
export function addSquares(n: i32, x: usize, lanes: usize): void {
  let low = v128.load(lanes), high = v128.load(lanes, 16);
  for (let k = 0; k < n; k += 4) {
    const v = v128.load(x + <usize>k * 4);
    const p = lower(v), q = upper(v);
    low = f64x2.add(low, f64x2.mul(p, p));
    high = f64x2.add(high, f64x2.mul(q, q));
  }
  v128.store(lanes, low); v128.store(lanes, high, 16);
}

/** out = square root of the sum of the lanes. */
export function rootOfLanes(lanes: usize, out: usize): void {
  const sum = load<f64>(lanes) + load<f64>(lanes, 8) + (load<f64>(lanes, 16) + load<f64>(lanes, 24));
  store<f32>(out, <f32>sqrt(sum));
}

/** One Adam step of elements first .. end-1 (multiples of 4). */
export function adam(
  first: i32, end: i32, p: usize, m: usize, v: usize, g: usize,
  stepSize: usize, correction: usize, beta1: f32, rest1: f32, beta2: f32, rest2: f32, epsilon: f32,
): void {
  const step = v128.load32_splat(stepSize), bias = v128.load32_splat(correction);
  for (let k = <usize>first * 4; k < <usize>end * 4; k += 16) {
    const pk = v128.load(p + k);
    const gk = v128.load(g + k);
    const mk = f32x4.add(f32x4.mul(f32x4.splat(beta1), v128.load(m + k)), f32x4.mul(f32x4.splat(rest1), gk));
    const vk = f32x4.add(
      f32x4.mul(f32x4.splat(beta2), v128.load(v + k)),
      f32x4.mul(f32x4.splat(rest2), f32x4.mul(gk, gk)),
    );
    v128.store(m + k, mk);
    v128.store(v + k, vk);
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(vk), bias), f32x4.splat(epsilon));
    v128.store(p + k, f32x4.sub(pk, f32x4.mul(step, f32x4.div(mk, denominator))));
  }
}

/** target = (1 - tau) target + tau online, for elements first .. end-1 (multiples of 4). */
export function softUpdate(first: i32, end: i32, target: usize, online: usize, tau: usize): void {
  const rate = v128.load32_splat(tau);
  const keep = f32x4.sub(f32x4.splat(1), rate);
  for (let k = <usize>first * 4; k < <usize>end * 4; k += 16)
    v128.store(target + k, f32x4.add(f32x4.mul(keep, v128.load(target + k)), f32x4.mul(rate, v128.load(online + k))));
}
