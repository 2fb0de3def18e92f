import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { drawNoise, fillNoise } from '../../src/learners/noise.ts';

const stream = (): FastStream => new FastStream(3, 'noise');

describe('drawNoise', () => {
  it('draws standard normal numbers', () => {
    const out = new Float32Array(20000);
    drawNoise({ name: 'normal' }, stream(), out);
    const mean = out.reduce((sum, x) => sum + x, 0) / out.length;
    const square = out.reduce((sum, x) => sum + x * x, 0) / out.length;
    expect(Math.abs(mean)).toBeLessThan(0.02); // 3 standard errors
    expect(Math.abs(square - 1)).toBeLessThan(0.03);
  });

  it.each([0, 0.1, 0.5, 0.99])('drops a fraction of %d and preserves the mean', (rate) => {
    const out = new Float32Array(40000);
    drawNoise({ name: 'dropout', rate }, stream(), out);
    const kept = out.filter((x) => x !== 0);
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / (1 - rate))]));
    const error = Math.sqrt((rate * (1 - rate)) / out.length);
    expect(Math.abs(kept.length / out.length - (1 - rate))).toBeLessThanOrEqual(3 * error);
  });
});

describe('fillNoise', () => {
  const input = { name: 'eps', draw: { name: 'normal' }, values: new Float32Array(3) } as const;

  it('copies noise drawn elsewhere', () => {
    fillNoise(input, Float32Array.of(1, 2, 3));
    expect([...input.values]).toEqual([1, 2, 3]);
  });

  it('rejects missing noise and noise of the wrong size', () => {
    expect(() => {
      fillNoise(input, undefined);
    }).toThrow('update: expected 3 numbers of noise eps, got none');
    expect(() => {
      fillNoise(input, new Float32Array(2));
    }).toThrow('update: expected 3 numbers of noise eps, got 2');
  });
});
