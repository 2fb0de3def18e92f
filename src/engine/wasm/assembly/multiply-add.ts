// sum + x y in float32, four lanes at a time: the one operation in which the builds of the kernels differ. BUILD is a
// constant of the build (asconfig.json, ../codes/builds.ts).
//
// The emulated build adds in float64, where the product is exact, and rounds to float32. That rounds twice, which differs
// from rounding once only where the float64 sum is the midpoint of two float32 numbers, or lies among the subnormal ones.
// Such sums are rare. To keep the loop free of calls and spills, multiplyAdd only notes them (`doubtful`); the tile is then
// repeated with `exactly`.

import * as BUILDS from '../codes/builds';
import { lower, upper } from './halves';

/** The low bits of a float64 that float32 drops, and their value at a midpoint. */
const TAIL: i32 = 0x1fffffff;
const MIDPOINT: i32 = 0x10000000;
/** The upper word of 2^-126, the smallest normal float32, as float64. */
const NORMAL: i32 = 0x38100000;

let doubtful: bool = false;

/** sum + x y */
@inline
export function multiplyAdd(sum: v128, x: v128, y: v128): v128 {
  if (BUILD == BUILDS.fused) return f32x4.relaxed_madd(x, y, sum);
  if (BUILD == BUILDS.plain) return f32x4.add(sum, f32x4.mul(x, y));
  const low = f64x2.add(lower(sum), f64x2.mul(lower(x), lower(y)));
  const high = f64x2.add(upper(sum), f64x2.mul(upper(x), upper(y)));
  const tails = v128.and(v128.shuffle<i32>(low, high, 0, 2, 4, 6), i32x4.splat(TAIL));
  const heads = v128.and(v128.shuffle<i32>(low, high, 1, 3, 5, 7), i32x4.splat(i32.MAX_VALUE));
  const subnormal = v128.andnot(i32x4.lt_s(heads, i32x4.splat(NORMAL)), i32x4.eq(heads, i32x4.splat(0)));
  if (v128.any_true(v128.or(subnormal, i32x4.eq(tails, i32x4.splat(MIDPOINT))))) doubtful = true;
  return demote(low, high);
}

/** Whether any multiplyAdd since the last call may have rounded wrongly; false at compile time in the other builds. */
@inline
export function doubted(): bool {
  if (BUILD != BUILDS.emulated) return false;
  const was = doubtful;
  doubtful = false;
  return was;
}

/** sum + the sum over i < k of x[i] y[i, 0 .. 4), in order; one x and one y are stepX and stepY bytes from the next. */
export function exactly(sum: v128, x: usize, stepX: usize, y: usize, stepY: usize, k: i32): v128 {
  for (let i = 0; i < k; i++) {
    sum = exactSum(sum, v128.load32_splat(x), v128.load(y));
    x += stepX;
    y += stepY;
  }
  return sum;
}

/** One sum, for probes and tests. */
export function once(sum: f32, x: f32, y: f32): f32 {
  const start = f32x4.splat(sum), left = f32x4.splat(x), right = f32x4.splat(y);
  let lanes = multiplyAdd(start, left, right);
  if (doubted()) lanes = exactSum(start, left, right);
  return f32x4.extract_lane(lanes, 0);
}

@inline
function exactSum(sum: v128, x: v128, y: v128): v128 {
  return demote(
    oddSum(lower(sum), f64x2.mul(lower(x), lower(y))),
    oddSum(upper(sum), f64x2.mul(upper(x), upper(y))),
  );
}

/** x + y rounded to odd: if inexact, to the neighbour with the odd mantissa, so that rounding again is safe. */
function oddSum(x: v128, y: v128): v128 {
  const sum = f64x2.add(x, y);
  const part = f64x2.sub(sum, x);
  const rest = f64x2.add(f64x2.sub(x, f64x2.sub(sum, part)), f64x2.sub(y, part));
  const one = i64x2.splat(1);
  const even = i64x2.eq(v128.and(sum, one), i64x2.splat(0));
  const wrong = v128.and(even, f64x2.ne(rest, f64x2.splat(0)));
  // One step away from zero if the rest has the sign of the sum, otherwise towards it.
  const step = v128.or(i64x2.shr_s(v128.xor(sum, rest), 63), one);
  return i64x2.add(sum, v128.and(step, wrong));
}

@inline
function demote(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}
