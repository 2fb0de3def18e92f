import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainActivation, exp, log, sigmoid, softplus, tanh } from '../../src/engine/reference/float32.ts';

const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -55, max: 55 });

/** Difference in float32 ulps. */
function ulps(got: number, want: number): number {
  const spacing = 2 ** (Math.floor(Math.log2(Math.abs(want) || 2 ** -126)) - 23);
  return Math.abs(got - want) / spacing;
}

describe('float32 functions', () => {
  it('exp is within 2 ulp of the true value, and a float32', () => {
    fc.assert(
      fc.property(finite, (x) => {
        expect(ulps(exp(x), Math.exp(x))).toBeLessThanOrEqual(2);
        expect(exp(x)).toBe(Math.fround(exp(x)));
      }),
      { numRuns: 2000 },
    );
  });

  it('tanh is within 4 ulp of the true value, odd, and 1 for large x', () => {
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

  it('sigmoid stays far above subnormal numbers however saturated, and so do its products', () => {
    const y = sigmoid(-1000);
    expect(y).toBe(sigmoid(-55));
    expect(Math.abs(y - Math.exp(-55)) / Math.exp(-55)).toBeLessThan(1e-6);
    // As a gradient passes it and two layers of small weights.
    expect(chainActivation('sigmoid', 0, y, 1e-6) * 1e-3 * 1e-3).toBeGreaterThan(2 ** -126);
    expect(sigmoid(1000)).toBe(1);
  });

  it('log is within 2 ulp of the true value, and a float32', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: Math.fround(2 ** -126), max: Math.fround(3e38) }), (x) => {
        const error = Math.abs(log(x) - Math.log(x));
        expect(Math.min(ulps(log(x), Math.log(x)), error / 2 ** -24)).toBeLessThanOrEqual(2);
        expect(log(x)).toBe(Math.fround(log(x)));
      }),
      { numRuns: 2000 },
    );
    expect(log(1)).toBe(0);
    expect(log(0)).toBe(log(2 ** -126));
  });

  it('softplus is within 3 ulp of the true value, even if tiny', () => {
    fc.assert(
      fc.property(finite, (x) => {
        const want = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
        expect(ulps(softplus(x), want)).toBeLessThanOrEqual(3);
      }),
      { numRuns: 2000 },
    );
  });

  it('propagate NaN', () => {
    expect([exp, sigmoid, tanh, log, softplus].map((apply) => apply(NaN))).toEqual(new Array(5).fill(NaN));
  });
});
