/** sum + x y against exact integers: the reference's fused arithmetic, and that of every build of the kernels. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fusedMultiplyAdd,
  plainMultiplyAdd,
  type MultiplyAdd,
} from '../../src/engine/reference/multiply-add.ts';
import { nodeHost } from '../../src/engine/wasm/host-node.ts';
import { instantiate } from '../../src/engine/wasm/kernels.ts';
import { LinearMemory } from '../../src/engine/wasm/memory.ts';

/** A finite float32 as an integer number of 2^-149. */
function units(x: number): bigint {
  const bits = new Uint32Array(Float32Array.of(x).buffer)[0]!;
  const exponent = (bits >>> 23) & 0xff;
  const mantissa = BigInt((bits & 0x7fffff) | (exponent === 0 ? 0 : 0x800000));
  const magnitude = mantissa << BigInt(Math.max(exponent, 1) - 1);
  return bits >>> 31 === 1 ? -magnitude : magnitude;
}

/** The float32 nearest to n 2^-298, ties to even; `zero` if n is 0. */
function nearest(n: bigint, zero: number): number {
  if (n === 0n) return zero;
  const magnitude = n < 0n ? -n : n;
  const digits = magnitude.toString(2).length;
  // Float32 keeps 24 digits, and none below 2^-149.
  const drop = BigInt(Math.max(digits - 24, 149));
  const [kept, rest, half] = [magnitude >> drop, magnitude & ((1n << drop) - 1n), 1n << (drop - 1n)];
  const up = rest > half || (rest === half && kept % 2n === 1n) ? 1n : 0n;
  const rounded = Math.fround(Number(kept + up) * 2 ** (Number(drop) - 298));
  return n < 0n ? -rounded : rounded;
}

/** The definition: the exact sum, rounded once. */
function oracle(sum: number, x: number, y: number): number {
  return nearest((units(sum) << 149n) + units(x) * units(y), sum + x * y);
}

const any = fc.float({ noNaN: true, noDefaultInfinity: true });
const subnormal = fc.integer({ min: -0x7fffff, max: 0x7fffff }).map((n) => n * 2 ** -149);
/** Few digits, so that sums hit midpoints. */
const short = fc
  .tuple(fc.integer({ min: -0x1ffffff, max: 0x1ffffff }), fc.integer({ min: -40, max: 40 }))
  .map(([n, exponent]) => Math.fround(n * 2 ** exponent));
const near = fc.float({ noNaN: true, min: Math.fround(0.9), max: Math.fround(1.1) });

const cases: Readonly<Record<string, fc.Arbitrary<[number, number, number]>>> = {
  'any numbers': fc.tuple(any, any, any),
  'numbers near 1': fc.tuple(near, near, near),
  'subnormal sums': fc.tuple(subnormal, fc.oneof(short, near), subnormal),
  'subnormal products': fc.tuple(
    subnormal,
    short.map((x) => Math.fround(x * 2 ** -60)),
    short.map((x) => Math.fround(x * 2 ** -65)),
  ),
  ties: fc.tuple(short, short, fc.oneof(fc.constantFrom(1, -1, 0.5, 2), short)),
  cancellation: fc
    .tuple(near, near)
    .chain(([x, y]) =>
      fc
        .integer({ min: -4, max: 4 })
        .map((ulps): [number, number, number] => [Math.fround(-x * y + ulps * 2 ** -24), x, y]),
    ),
};

/** Sums just below a midpoint that float64 rounds to it, so that rounding again would go up. */
const BELOW_MIDPOINTS: readonly (readonly [number, number, number])[] = [
  [1 + 2 ** -23, 2 ** -24 * (1 + 2 ** -23), 1 - 2 ** -23],
  [2 ** -127 + 2 ** -149, 2 ** -75 * (1 + 2 ** -23), 2 ** -75 * (1 - 2 ** -23)],
];

const kernels = await Promise.all(
  (['fused', 'emulated', 'plain'] as const).map(async (build) => {
    const module = await nodeHost.kernels(build);
    return [build, instantiate(module!, new LinearMemory().memory).multiplyAdd] as const;
  }),
);
const FUSED: readonly (readonly [string, MultiplyAdd])[] = [
  ['the reference engine', fusedMultiplyAdd],
  ...kernels.filter(([build]) => build !== 'plain'),
];
const PLAIN: readonly (readonly [string, MultiplyAdd])[] = [
  ['the reference engine', plainMultiplyAdd],
  ...kernels.filter(([build]) => build === 'plain'),
];

describe.each(FUSED)('fused multiply-add of %s', (_, multiplyAdd) => {
  it.each(Object.entries(cases))('rounds the exact sum once: %s', (_kind, numbers) => {
    fc.assert(
      fc.property(numbers, ([sum, x, y]) => {
        expect(multiplyAdd(sum, x, y)).toBe(oracle(sum, x, y));
      }),
      { numRuns: 5000 },
    );
  });

  it.each(BELOW_MIDPOINTS)(
    'rounds %d + %d * %d down, where float64 would hide that it is below',
    (sum, x, y) => {
      expect(multiplyAdd(sum, x, y)).toBe(sum);
      expect(Math.fround(sum + x * y)).toBeGreaterThan(sum);
      expect(multiplyAdd(-sum, -x, y)).toBe(-sum);
    },
  );

  it('passes infinities and NaN on', () => {
    expect(multiplyAdd(Infinity, 1, 1)).toBe(Infinity);
    expect(multiplyAdd(0, Math.fround(3e38), Math.fround(-3e38))).toBe(-Infinity);
    expect(multiplyAdd(Infinity, -Infinity, 1)).toBeNaN();
    expect(multiplyAdd(NaN, 1, 1)).toBeNaN();
  });
});

describe.each(PLAIN)('plain multiply-add of %s', (_, multiplyAdd) => {
  it.each(Object.entries(cases))('rounds the product and then the sum: %s', (_kind, numbers) => {
    fc.assert(
      fc.property(numbers, ([sum, x, y]) => {
        expect(multiplyAdd(sum, x, y)).toBe(Math.fround(sum + Math.fround(x * y)));
      }),
      { numRuns: 1000 },
    );
  });
});
