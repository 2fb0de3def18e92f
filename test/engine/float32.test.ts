import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exp, sigmoid, tanh } from '../../src/engine/reference/float32.ts';

const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -80, max: 80 });

/** Difference in units of the last place of a float32. */
function ulps(got: number, want: number): number {
  const spacing = 2 ** (Math.floor(Math.log2(Math.abs(want) || 2 ** -126)) - 23);
  return Math.abs(got - want) / spacing;
}

describe('float32 functions', () => {
  it('exp is within 2 ulp of the true value and a float32', () => {
    fc.assert(
      fc.property(finite, (x) => {
        expect(ulps(exp(x), Math.exp(x))).toBeLessThanOrEqual(2);
        expect(exp(x)).toBe(Math.fround(exp(x)));
      }),
      { numRuns: 2000 },
    );
  });

  it('tanh is within 4 ulp of the true value, odd, and 1 far out', () => {
    fc.assert(
      fc.property(finite, (x) => {
        if (Math.abs(x) > 2 ** -100) expect(ulps(tanh(x), Math.tanh(x))).toBeLessThanOrEqual(4);
        expect(tanh(-x) + tanh(x)).toBe(0);
      }),
      { numRuns: 2000 },
    );
    expect(tanh(50)).toBe(1);
  });

  it('sigmoid is within 1e-7 of the true value and never leaves [0, 1]', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (x) => {
        expect(Math.abs(sigmoid(x) - 1 / (1 + Math.exp(-x)))).toBeLessThan(1e-7);
        expect(sigmoid(x)).toBeGreaterThanOrEqual(0);
        expect(sigmoid(x)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps NaN', () => {
    expect([exp(NaN), sigmoid(NaN), tanh(NaN)]).toEqual([NaN, NaN, NaN]);
  });
});
