import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXP_UNDERFLOW, cos, exp, leastCommonMultiple, log, log1p, sin } from '../../src/core/math.ts';

const bits = new DataView(new ArrayBuffer(8));

/** Distance of two numbers in representable doubles; 0 for two NaN. */
function ulpsApart(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  const rank = (x: number): bigint => {
    bits.setFloat64(0, x);
    const raw = bits.getBigInt64(0);
    return raw < 0n ? -(raw & 0x7fffffffffffffffn) : raw;
  };
  const apart = Number(rank(a) - rank(b));
  return Number.isNaN(a) || Number.isNaN(b) ? Infinity : Math.abs(apart);
}

function agrees(mine: (x: number) => number, engine: (x: number) => number, x: fc.Arbitrary<number>): void {
  fc.assert(
    fc.property(x, (value) => {
      expect(ulpsApart(mine(value), engine(value)), `at ${value}`).toBeLessThanOrEqual(1);
    }),
    { numRuns: 5000 },
  );
}

const between = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });

describe('exp, log and log1p agree with Math to 1 ulp', () => {
  it('exp of any number', () => {
    agrees(exp, Math.exp, fc.double());
    agrees(exp, Math.exp, between(-746, 710));
    agrees(exp, Math.exp, between(-1, 1));
  });

  it('exp with subnormal results', () => {
    agrees(exp, Math.exp, between(-745.2, -708));
  });

  it('log of any number', () => {
    agrees(log, Math.log, fc.double());
    agrees(log, Math.log, between(0, 2));
  });

  it('log1p of any number', () => {
    agrees(log1p, Math.log1p, fc.double());
    agrees(log1p, Math.log1p, between(-1, 3));
    agrees(log1p, Math.log1p, between(-1e-8, 1e-8));
  });
});

describe('sin and cos agree with Math to 1 ulp', () => {
  it('for small angles, several turns, and up to the largest angle', () => {
    for (const angle of [between(-1, 1), between(-20, 20), between(-1e6, 1e6)]) {
      agrees(sin, Math.sin, angle);
      agrees(cos, Math.cos, angle);
    }
  });

  it('near multiples of pi / 2, where one of them is almost zero', () => {
    for (let k = -1000; k <= 1000; k++)
      for (const angle of [(k * Math.PI) / 2, ((k * Math.PI) / 2) * (1 + 2 ** -52)]) {
        expect(ulpsApart(sin(angle), Math.sin(angle)), `sin ${angle}`).toBeLessThanOrEqual(1);
        expect(ulpsApart(cos(angle), Math.cos(angle)), `cos ${angle}`).toBeLessThanOrEqual(1);
      }
  });
});

describe('edge cases', () => {
  it('of sin and cos', () => {
    expect([0, -0, 1e-300, NaN, Infinity, -Infinity].map(sin)).toEqual([0, -0, 1e-300, NaN, NaN, NaN]);
    expect([0, -0, 1e-300, NaN, Infinity, -Infinity].map(cos)).toEqual([1, 1, 1, NaN, NaN, NaN]);
    const text = 'sin, cos: expected an angle of at most 1000000, got ';
    expect(() => sin(1000000.1)).toThrow(new RangeError(`${text}1000000.1`));
    expect(() => cos(-1e300)).toThrow(new RangeError(`${text}-1e+300`));
  });

  it('of exp', () => {
    expect([0, -0, 1, NaN, Infinity, -Infinity].map(exp)).toEqual([1, 1, Math.E, NaN, Infinity, 0]);
    expect(exp(709.782712893384)).toBe(1.7976931348622732e308);
    expect(exp(709.7827128933841)).toBe(Infinity);
  });

  it('of exp underflow: 0 at EXP_UNDERFLOW, the smallest double just above', () => {
    expect(exp(EXP_UNDERFLOW)).toBe(0);
    expect(exp(-1e300)).toBe(0);
    expect(exp(-745.1332191019411)).toBe(5e-324);
  });

  it('of log', () => {
    expect([1, 0, -0, -1, NaN, Infinity, -Infinity].map(log)).toEqual([
      0,
      -Infinity,
      -Infinity,
      NaN,
      NaN,
      Infinity,
      NaN,
    ]);
    expect(log(5e-324)).toBe(-744.4400719213812);
  });

  it('of log1p', () => {
    expect([0, -1, -2, NaN, Infinity, -Infinity].map(log1p)).toEqual([0, -Infinity, NaN, NaN, Infinity, NaN]);
    expect(log1p(-0)).toBe(-0);
    expect(log1p(1e-300)).toBe(1e-300);
    expect(log1p(1)).toBe(Math.LN2);
  });
});

describe('exp and log', () => {
  it('are inverse to a few ulp', () => {
    fc.assert(
      fc.property(between(1, 700), (x) => {
        expect(Math.abs(log(exp(x)) - x)).toBeLessThanOrEqual(4e-16 * x);
      }),
    );
  });
});

describe('leastCommonMultiple', () => {
  it('is the first multiple of one number that the other divides', () => {
    const size = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(size, size, (a, b) => {
        let multiple = a;
        while (multiple % b !== 0) multiple += a;
        expect(leastCommonMultiple(a, b)).toBe(multiple);
      }),
    );
  });
});
