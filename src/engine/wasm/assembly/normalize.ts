// Layer normalisation and its backward pass (NormalizeNode and NormalizeGradientNode in ../../graph.ts). Arrays are
// dense [rows, width]. Rows are read four numbers at a time, possibly past their end; the excess lanes are masked.

import { lower, upper } from './halves';
import { storeFirst } from './partial';

@inline
function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** v in lanes below `count`, +0 in the others. */
@inline
function firstLanes(v: v128, count: i32): v128 {
  return v128.and(v, i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3)));
}

/** ((l0 + l1) + (l2 + l3)) / width, rounded once. */
@inline
function meanOf(lanes01: v128, lanes23: v128, width: i32): f32 {
  const l01 = f64x2.extract_lane(lanes01, 0) + f64x2.extract_lane(lanes01, 1);
  const l23 = f64x2.extract_lane(lanes23, 0) + f64x2.extract_lane(lanes23, 1);
  return <f32>((l01 + l23) / <f64>width);
}

/** Forward pass of rows first .. end-1; also stores mean and rate of each row in `rates`, [rows, 2]. */
export function normalize(
  first: i32, end: i32, width: i32,
  x: usize, gain: usize, shift: usize, rates: usize, out: usize, epsilon: f32,
): void {
  for (let r = first; r < end; r++) {
    const from = x + <usize>(r * width) * 4, to = out + <usize>(r * width) * 4;
    let lanes01 = f64x2.splat(0), lanes23 = lanes01;
    for (let c = 0; c < width; c += 4) {
      const v = firstLanes(v128.load(from + <usize>c * 4), width - c);
      lanes01 = f64x2.add(lanes01, lower(v));
      lanes23 = f64x2.add(lanes23, upper(v));
    }
    const mean = meanOf(lanes01, lanes23, width);
    lanes01 = f64x2.splat(0); lanes23 = lanes01;
    for (let c = 0; c < width; c += 4) {
      const d = firstLanes(f32x4.sub(v128.load(from + <usize>c * 4), splat(mean)), width - c);
      const p = lower(d), q = upper(d);
      lanes01 = f64x2.add(lanes01, f64x2.mul(p, p));
      lanes23 = f64x2.add(lanes23, f64x2.mul(q, q));
    }
    const rate = <f32>1 / sqrt<f32>(meanOf(lanes01, lanes23, width) + epsilon);
    store<f32>(rates + <usize>r * 8, mean);
    store<f32>(rates + <usize>r * 8, rate, 4);
    for (let c = 0; c < width; c += 4) {
      const at = <usize>c * 4;
      const z = f32x4.mul(f32x4.sub(v128.load(from + at), splat(mean)), splat(rate));
      storeFirst(to + at, f32x4.add(f32x4.mul(z, v128.load(gain + at)), v128.load(shift + at)), width - c);
    }
  }
}

/** dL/dx of rows first .. end-1. */
export function normalizeInput(
  first: i32, end: i32, width: i32,
  upstream: usize, x: usize, gain: usize, rates: usize, out: usize,
): void {
  for (let r = first; r < end; r++) {
    const row = <usize>(r * width) * 4;
    const mean = v128.load32_splat(rates + <usize>r * 8), rate = v128.load32_splat(rates + <usize>r * 8, 4);
    let a01 = f64x2.splat(0), a23 = a01, b01 = a01, b23 = a01;
    for (let c = 0; c < width; c += 4) {
      const at = <usize>c * 4;
      const u = firstLanes(f32x4.mul(v128.load(upstream + row + at), v128.load(gain + at)), width - c);
      const z = firstLanes(f32x4.mul(f32x4.sub(v128.load(x + row + at), mean), rate), width - c);
      a01 = f64x2.add(a01, lower(u));
      a23 = f64x2.add(a23, upper(u));
      b01 = f64x2.add(b01, f64x2.mul(lower(u), lower(z)));
      b23 = f64x2.add(b23, f64x2.mul(upper(u), upper(z)));
    }
    const a = splat(meanOf(a01, a23, width)), b = splat(meanOf(b01, b23, width));
    for (let c = 0; c < width; c += 4) {
      const at = <usize>c * 4;
      const u = f32x4.mul(v128.load(upstream + row + at), v128.load(gain + at));
      const z = f32x4.mul(f32x4.sub(v128.load(x + row + at), mean), rate);
      storeFirst(out + row + at, f32x4.mul(f32x4.sub(f32x4.sub(u, a), f32x4.mul(z, b)), rate), width - c);
    }
  }
}

/**
 * Sums over rows first .. end-1, in order from +0: of u z at g, and of u at g + half; width is padded to four
 * columns.
 */
export function normalizeParameters(
  first: i32, end: i32, width: i32,
  upstream: usize, x: usize, rates: usize, g: usize, half: usize,
): void {
  const row = <usize>width * 4;
  for (let c = 0; c < width; c += 4) {
    const at = <usize>c * 4;
    let ofGain = splat(0), ofShift = splat(0);
    for (let r = first; r < end; r++) {
      const from = <usize>r * row + at, pair = rates + <usize>r * 8;
      const u = v128.load(upstream + from);
      const z = f32x4.mul(f32x4.sub(v128.load(x + from), v128.load32_splat(pair)), v128.load32_splat(pair, 4));
      ofGain = f32x4.add(ofGain, f32x4.mul(u, z));
      ofShift = f32x4.add(ofShift, u);
    }
    v128.store(g + at, ofGain);
    v128.store(g + half + at, ofShift);
  }
}
