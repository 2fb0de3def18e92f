/**
 * exp, log, log1p, pow, sin and cos in float64, from + - * / and table look-ups only: Math.exp and friends may differ in the
 * last bit between engine versions and machines, these never do. Math.sqrt is exact by IEEE 754 and needs no copy here.
 * Also the least common multiple.
 *
 * exp keeps 2^(i/128) in two doubles, for an error below 0.51 ulp. The C libraries beneath NumPy do the same, and it
 * agrees with them far more often than the older fdlibm formula would. pow works in two doubles throughout and is rounded
 * once, so that it is correct but for one case in millions. The others are the fdlibm formulas (Sun Microsystems, 1993;
 * error below 1 ulp).
 */

// ln 2 in two doubles; the first has few enough bits that its product with an exponent is exact.
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;

// Scratch for the bits of a double.
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** A number as an unevaluated sum of two doubles, about 106 bits, for the table of exp and for pow. */
interface Pair {
  readonly high: number;
  readonly low: number;
}

/** The exact product of two doubles (Dekker 1971). */
function exactProduct(a: number, b: number): Pair {
  const aHigh = a * 134217729 - (a * 134217729 - a); // the upper 26 bits; the constant is 2^27 + 1
  const bHigh = b * 134217729 - (b * 134217729 - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  const high = a * b;
  return { high, low: aHigh * bHigh - high + aHigh * bLow + aLow * bHigh + aLow * bLow };
}

/** The same sum with `high` the rounded total: |high| >= |low|. */
function normalised(high: number, low: number): Pair {
  const sum = high + low;
  return { high: sum, low: low - (sum - high) };
}

function multiply(a: Pair, b: Pair): Pair {
  const product = exactProduct(a.high, b.high);
  return normalised(product.high, product.low + (a.high * b.low + a.low * b.high));
}

/** One Newton step from the double square root doubles its precision. */
function squareRoot(a: Pair): Pair {
  const root = Math.sqrt(a.high);
  const square = exactProduct(root, root);
  return normalised(root, (a.high - square.high - square.low + a.low) / (2 * root));
}

/** 2^(i/128) for i = 0 .. 127, as [high, low] side by side. */
function buildRoots(): Float64Array {
  const roots: Pair[] = [{ high: 1, low: 0 }];
  const steps: Pair[] = []; // 2^(1/2), 2^(1/4), ... 2^(1/128)
  for (let last: Pair = { high: 2, low: 0 }; steps.length < 7;) {
    last = squareRoot(last);
    steps.push(last);
  }
  for (const step of steps.reverse()) for (const root of [...roots]) roots.push(multiply(root, step));
  return Float64Array.from(roots.flatMap(({ high, low }) => [high, low]));
}

/** 2^e for e = -1022 .. 1023, at index e + 1022. */
function buildPowers(): Float64Array {
  const powers = new Float64Array(2046);
  powers[1022] = 1;
  for (let e = 1; e <= 1023; e++) powers[1022 + e] = powers[1021 + e]! * 2;
  for (let e = 1; e <= 1022; e++) powers[1022 - e] = powers[1023 - e]! / 2;
  return powers;
}

const ROOTS = buildRoots();
const POWERS = buildPowers();
const ROOTS_PER_LN2 = 128 / (LN2_HIGH + LN2_LOW);
// 1.5 * 2^52: adding and subtracting it rounds to the nearest integer.
const ROUNDER = 6755399441055744;

/** exp(x) is exactly 0 up to here, where e^x falls below half the smallest double. */
export const EXP_UNDERFLOW = -745.1332191019412;

/**
 * e^x. With n = round(128 x / ln 2) = 128 e + i and r = x - n ln 2 / 128, |r| < 0.0028:
 * e^x = 2^e * 2^(i/128) * e^r, where e^r is a Taylor series.
 */
export function exp(x: number): number {
  if (!(x > EXP_UNDERFLOW && x <= 709.782712893384)) return x > 0 ? Infinity : x <= EXP_UNDERFLOW ? 0 : NaN;
  const n = x * ROOTS_PER_LN2 + ROUNDER - ROUNDER;
  const r = x - n * (LN2_HIGH / 128) - n * (LN2_LOW / 128);
  const tail = r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720)))));
  const whole = n | 0;
  const i = (whole & 127) << 1;
  const e = whole >> 7;
  const root = ROOTS[i]!;
  const y = root + (ROOTS[i + 1]! + root * (r + tail));
  if (e > -1023 && e < 1024) return y * POWERS[e + 1022]!;
  return e > 0 ? y * 2 * POWERS[2045]! : y * POWERS[e + 1022 + 64]! * POWERS[1022 - 64]!;
}

/**
 * R(z) of the series that both logarithms use: log(1 + f) = f - f^2/2 + s (f^2/2 + R(z)) with s = f / (2 + f) and
 * z = s^2. Summed in the order of the C library.
 */
function logSeries(z: number): number {
  const z2 = z * z;
  const z4 = z2 * z2;
  return (
    z * 6.66666666666673513e-1 +
    z2 * (3.999999999940941908e-1 + z * 2.857142874366239149e-1) +
    z4 * (2.222219843214978396e-1 + z * 1.818357216161805012e-1) +
    z4 * z2 * (1.531383769920937332e-1 + z * 1.479819860511658591e-1)
  );
}

/** Scales the scratch double u > 0 by 2^-k into [sqrt(1/2), sqrt(2)) and returns k. */
function takeExponent(): number {
  const high = words[HIGH]!;
  const mantissa = high & 0xfffff;
  const above = mantissa >= 0x6a09e; // sqrt(2)
  words[HIGH] = mantissa | (above ? 0x3fe00000 : 0x3ff00000);
  return (high >>> 20) - (above ? 1022 : 1023);
}

/** Natural logarithm: x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2). */
export function log(x: number): number {
  if (!(x > 0 && x < Infinity)) return x === 0 ? -Infinity : x === Infinity ? Infinity : NaN;
  const subnormal = x < 2.2250738585072014e-308;
  double[0] = subnormal ? x * 18014398509481984 : x; // 2^54
  const k = takeExponent() - (subnormal ? 54 : 0);
  const f = double[0] - 1;
  const half = 0.5 * f * f;
  const s = f / (2 + f);
  const series = s * (half + logSeries(s * s));
  return k * LN2_HIGH - (half - (series + k * LN2_LOW) - f);
}

/** log(1 + x), accurate for small x as well. */
export function log1p(x: number): number {
  if (!(x > -1 && x < Infinity)) return x === -1 ? -Infinity : x === Infinity ? Infinity : NaN;
  if (x < 0.4142136573791504 && x > -0.2928932309150696) {
    if (x < 1.862645149230957e-9 && x > -1.862645149230957e-9) return x - x * x * 0.5; // 2^-29
    const half = 0.5 * x * x;
    const s = x / (2 + x);
    return x - (half - s * (half + logSeries(s * s)));
  }
  const u = 1 + x;
  // The rounding error of 1 + x, relative to u.
  const lost = (u >= 2 ? 1 - (u - x) : x - (u - 1)) / u;
  let k = 1;
  let f = u * 0.5 - 1;
  if (x < 0 || x > 1.8) {
    double[0] = u;
    k = takeExponent();
    f = double[0] - 1;
  }
  const half = 0.5 * f * f;
  const s = f / (2 + f);
  return k * LN2_HIGH - (half - (s * (half + logSeries(s * s)) + (k * LN2_LOW + lost)) - f);
}

// ln 2 and ln 2 / 128 in two doubles.
const LN2: Pair = { high: 0.6931471805599453, low: 2.3190468138462996e-17 };
const LN2_BY_128: Pair = { high: LN2.high / 128, low: LN2.low / 128 };

function add(a: Pair, b: Pair): Pair {
  const sum = a.high + b.high;
  const ofB = sum - a.high;
  return normalised(sum, a.high - (sum - ofB) + (b.high - ofB) + (a.low + b.low));
}

function times(a: Pair, factor: number): Pair {
  return multiply(a, { high: factor, low: 0 });
}

function dividedBy(a: Pair, divisor: number): Pair {
  const quotient = a.high / divisor;
  const back = exactProduct(quotient, divisor);
  return normalised(quotient, (a.high - back.high - back.low + a.low) / divisor);
}

/** e^x as fraction * 2^exponent, 1 <= fraction < 2, for |x| < 800: the steps of exp() in two doubles. */
function exponential(x: Pair): { readonly fraction: Pair; readonly exponent: number } {
  const n = Math.round(x.high * ROOTS_PER_LN2);
  const r = add(x, times(LN2_BY_128, -n));
  // Taylor series of e^r, |r| < 0.0028: what follows is below 2^-120.
  let series: Pair = { high: 1, low: 0 };
  for (let k = 11; k >= 1; k--) series = add({ high: 1, low: 0 }, multiply(series, dividedBy(r, k)));
  const i = (n & 127) << 1;
  return { fraction: multiply(series, { high: ROOTS[i]!, low: ROOTS[i + 1]! }), exponent: n >> 7 };
}

/** log(x) for 0 < x < Infinity in two doubles: log() of the mantissa m, then log(m) = y + log(1 + (m e^-y - 1)). */
function logarithm(x: number): Pair {
  const subnormal = x < 2.2250738585072014e-308;
  double[0] = subnormal ? x * 18014398509481984 : x; // 2^54
  const k = takeExponent() - (subnormal ? 54 : 0);
  const m = double[0];
  const y = log(m);
  const { fraction, exponent } = exponential({ high: -y, low: 0 });
  const error = add(times(fraction, m * POWERS[exponent + 1022]!), { high: -1, low: 0 });
  const ofMantissa = add({ high: y, low: 0 }, add(error, { high: -0.5 * error.high * error.high, low: 0 }));
  return add(times(LN2, k), ofMantissa);
}

/** x^y for x >= 0; NaN for x < 0. */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (!(x >= 0) || Number.isNaN(y)) return NaN;
  if (x === 0 || x === Infinity) return (x === 0) === y > 0 ? 0 : Infinity;
  const size = y * log(x);
  if (!(size > EXP_UNDERFLOW - 1 && size < 710)) return size > 0 ? Infinity : 0;
  const { fraction, exponent } = exponential(times(logarithm(x), y));
  // In two steps, since 2^exponent may be too large or too small for a double.
  const half = exponent >> 1;
  return fraction.high * POWERS[half + 1022]! * POWERS[exponent - half + 1022]!;
}

/** 2^e for an integer e from -1022 to 1023, exactly. */
export function powerOfTwo(e: number): number {
  return POWERS[e + 1022]!;
}

// pi / 2 in three doubles; the first two have few enough bits that their products with an integer below 2^20 are exact.
const HALF_PI_HIGH = 1.57079632673412561417;
const HALF_PI_MIDDLE = 6.0771005063039659766e-11;
const HALF_PI_LOW = 2.02226624879595063154e-21;
/** Largest angle for sin and cos: beyond it, three parts of pi / 2 are not precise enough. */
const LARGEST_ANGLE = 1e6;

/** sin(x + tail), |x| <= pi/4 (fdlibm polynomial). */
function sinNearZero(x: number, tail: number): number {
  const z = x * x;
  const v = z * x;
  const r =
    8.33333333332248946124e-3 +
    z *
      (-1.98412698298579493134e-4 +
        z * (2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10)));
  return x - (z * (0.5 * tail - v * r) - tail - v * -1.66666666666666324348e-1);
}

/** cos(x + tail), |x| <= pi/4 (fdlibm polynomial). 1 - x^2/2 is kept in two doubles. */
function cosNearZero(x: number, tail: number): number {
  const z = x * x;
  const r =
    z *
    (4.16666666666666019037e-2 +
      z *
        (-1.38888888888741095749e-3 +
          z *
            (2.48015872894767294178e-5 +
              z *
                (-2.75573143513906633035e-7 +
                  z * (2.0875723212981748279e-9 + z * -1.13596475577881948265e-11)))));
  const half = 0.5 * z;
  const rest = 1 - half;
  return rest + (1 - rest - half + (z * r - x * tail));
}

/** sin(x + quarters * pi / 2) */
function sine(x: number, quarters: number): number {
  if (!(Math.abs(x) <= LARGEST_ANGLE)) {
    if (Number.isFinite(x))
      throw new RangeError(`sin, cos: expected an angle of at most ${LARGEST_ANGLE}, got ${x}`);
    return NaN;
  }
  const n = x / (HALF_PI_HIGH + HALF_PI_MIDDLE) + ROUNDER - ROUNDER;
  // x - n pi/2 as high + low, |high| <= pi/4.
  const first = x - n * HALF_PI_HIGH;
  const second = first - n * HALF_PI_MIDDLE;
  const lost = n * HALF_PI_LOW - (first - second - n * HALF_PI_MIDDLE);
  const high = second - lost;
  const low = second - high - lost;
  const quadrant = (n + quarters) & 3;
  const value = (quadrant & 1) === 0 ? sinNearZero(high, low) : cosNearZero(high, low);
  return quadrant >= 2 ? -value : value;
}

/** Sine of an angle in radians, |x| <= 1e6; NaN if infinite, like Math.sin. @throws RangeError for a larger angle */
export function sin(x: number): number {
  return x === 0 ? x : sine(x, 0);
}

/** Cosine of an angle in radians, |x| <= 1e6; NaN if infinite, like Math.cos. @throws RangeError for a larger angle */
export function cos(x: number): number {
  return sine(x, 1);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The smallest positive integer that both positive integers divide. */
export function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}
