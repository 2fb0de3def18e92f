import { expect, it } from 'vitest';
import { studentT } from '../../src/evaluate/student-t.ts';

it.each([
  // From tables, two-sided.
  [0.95, 1, 12.706],
  [0.95, 2, 4.303],
  [0.95, 3, 3.182],
  [0.95, 4, 2.776],
  [0.95, 9, 2.262],
  [0.95, 10, 2.228],
  [0.95, 30, 2.042],
  [0.95, 60, 2.0],
  [0.95, 99, 1.984],
  [0.95, 120, 1.98],
  [0.9, 5, 2.015],
  [0.99, 5, 4.032],
  [0.5, 1, 1],
])('the t quantile of probability %d with %d degrees of freedom is %d', (probability, freedom, t) => {
  expect(Math.round(studentT(probability, freedom) * 1000) / 1000).toBe(t);
});

it('equals what SciPy gives, and approaches the normal quantile', () => {
  expect(studentT(0.95, 1)).toBeCloseTo(12.706204736174694, 10);
  expect(studentT(0.95, 2)).toBeCloseTo(4.302652729749462, 10);
  expect(studentT(0.95, 499)).toBeCloseTo(1.9647293909876886, 10);
  expect(studentT(0.95, 99_998)).toBeCloseTo(1.9599877080090842, 10);
  expect(studentT(0.95, 99_999)).toBeCloseTo(1.9599877077718442, 10);
});

it('falls with the degrees of freedom', () => {
  const quantiles = Array.from({ length: 500 }, (_, k) => studentT(0.95, k + 1));
  expect(quantiles).toEqual(quantiles.toSorted((a, b) => b - a));
  expect(new Set(quantiles).size).toBe(500);
});
