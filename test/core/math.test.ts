import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EXP_UNDERFLOW,
  cos,
  exp,
  leastCommonMultiple,
  log,
  log1p,
  pow,
  powerOfTwo,
  sin,
} from '../../src/core/math.ts';

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

describe('pow', () => {
  // Correctly rounded values, from 60 decimal digits.
  it.each([
    [0.999, 16, 0.9841194418156399],
    [0.999, 103, 0.902080484144017],
    [0.999, 1000, 0.36769542477096373],
    [0.9, 300, 1.873927703884808e-14],
    [0.5, 405 / 24997, 0.9888324928121482],
    [0.96, 12.345, 0.6041410859269234],
    [0.1, 0.3, 0.5011872336272724],
    [10, -300.5, 3.1622776601683794e-301],
    [3, 200.25, 3.495676682361912e95],
    [1.0000001, 1e7, 2.7182816941320818],
  ])('is correctly rounded: %d ^ %d', (x, y, power) => {
    expect(pow(x, y)).toBe(power);
  });

  it('agrees with ** to 2 ulp, and is exact where the power is a double', () => {
    fc.assert(
      fc.property(between(0, 20), between(-200, 200), (x, y) => {
        expect(ulpsApart(pow(x, y), x ** y), `${x} ^ ${y}`).toBeLessThanOrEqual(2);
      }),
      { numRuns: 5000 },
    );
    for (let k = -20; k <= 20; k++) expect(pow(3, k)).toBe(k < 0 ? 1 / 3 ** -k : 3 ** k);
    for (let e = -1074; e <= 1023; e++)
      expect(pow(2, e)).toBe(e < -1022 ? 2 ** -1022 / 2 ** (-1022 - e) : 2 ** e);
    expect([pow(2.25, 0.5), pow(4, 1.5), pow(0.5, 3)]).toStrictEqual([1.5, 8, 0.125]);
  });

  it('has the limits of ** for x >= 0, and NaN below', () => {
    const exponents = [-Infinity, -2, -0, 0, 1e-300, 2, 1e300, Infinity, NaN];
    const bases = [0, 5e-324, 0.5, 1 - 2 ** -53, 2, 1.7976931348623157e308, Infinity];
    for (const x of bases) for (const y of exponents) expect(pow(x, y), `${x} ^ ${y}`).toBe(x ** y);
    expect(exponents.map((y) => pow(1, y))).toStrictEqual(exponents.map(() => 1));
    expect([pow(-1, 2), pow(NaN, 1), pow(NaN, 0)]).toStrictEqual([NaN, NaN, 1]);
  });
});

describe('powerOfTwo', () => {
  it('is exact', () => {
    expect([-1022, -126, -1, 0, 1, 127, 1023].map(powerOfTwo)).toStrictEqual([
      2.2250738585072014e-308, 1.1754943508222875e-38, 0.5, 1, 2, 1.7014118346046923e38, 8.98846567431158e307,
    ]);
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
