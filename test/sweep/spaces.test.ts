/** Samples of keys: their ends, their rounding, and that a seed fixes them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawSamples } from '../../src/sweep/spaces.ts';
import type { Samples } from '../../src/sweep/trial.ts';

const KEYS = {
  learning_rate_actor: { log: [0.0001, 0.01] },
  gamma: { range: [0.6, 0.95] },
  n_step: { integers: [1, 5] },
  batch_size: { choice: [128, 256] },
} as const;

const draw = (changes: Partial<Samples> = {}): Record<string, unknown>[] =>
  drawSamples({ count: 8, method: 'sobol', seed: 1, keys: KEYS, ...changes });

describe('samples', () => {
  it('are these for seed 1', () => {
    expect(draw({ count: 4 })).toEqual([
      { learning_rate_actor: 0.0006543, gamma: 0.6698, n_step: 1, batch_size: 256 },
      { learning_rate_actor: 0.001067, gamma: 0.9477, n_step: 5, batch_size: 128 },
      { learning_rate_actor: 0.009025, gamma: 0.6957, n_step: 2, batch_size: 256 },
      { learning_rate_actor: 0.0001376, gamma: 0.7904, n_step: 4, batch_size: 128 },
    ]);
    expect(draw({ count: 2, method: 'random' })).toEqual([
      { learning_rate_actor: 0.002843, gamma: 0.9463, n_step: 2, batch_size: 256 },
      { learning_rate_actor: 0.0001331, gamma: 0.8162, n_step: 1, batch_size: 128 },
    ]);
  });

  it.each(['random', 'sobol'] as const)('by %s depend on the seed alone', (method) => {
    const eight = draw({ method });
    expect(draw({ method })).toEqual(eight);
    expect(draw({ method, count: 20 }).slice(0, 8)).toEqual(eight);
    expect(draw({ method, seed: 2 })).not.toEqual(eight);
    const more = draw({ method, keys: { ...KEYS, tau: { range: [0, 1] } } });
    expect(more.map((sample) => ({ ...sample, tau: 0 }))).toEqual(
      eight.map((sample) => ({ ...sample, tau: 0 })),
    );
    expect(Object.keys(more[0]!)).toEqual([...Object.keys(KEYS), 'tau']);
  });

  it('by Sobol spread evenly: 16 of them hold every choice and integer equally often', () => {
    const keys = { a: { choice: ['x', 'y'] }, b: { integers: [-1, 2] }, c: { log: [1, 10000] } } as const;
    const samples = draw({ count: 16, keys });
    const countOf = (key: string, value: unknown): number =>
      samples.filter((sample) => sample[key] === value).length;
    expect(['x', 'y'].map((value) => countOf('a', value))).toEqual([8, 8]);
    expect([-1, 0, 1, 2].map((value) => countOf('b', value))).toEqual([4, 4, 4, 4]);
    const decades = samples.map(({ c }) => String(Math.floor(c as number)).length);
    expect([1, 2, 3, 4].map((digits) => decades.filter((d) => d === digits).length)).toEqual([4, 4, 4, 4]);
  });

  it('stay between their ends and reach both of integers', () => {
    const ends = fc
      .tuple(fc.double({ min: 1e-9, max: 1e9 }), fc.double({ min: 1e-6, max: 1e6 }))
      .map(([low, width]) => [low, low + width] as const)
      .filter(([low, high]) => low < high);
    fc.assert(
      fc.property(ends, fc.constantFrom('log', 'range'), fc.nat(), ([low, high], kind, seed) => {
        for (const { x } of draw({ seed, keys: { x: { [kind]: [low, high] } } }) as { x: number }[]) {
          expect(x).toBeGreaterThanOrEqual(low);
          expect(x).toBeLessThanOrEqual(high);
        }
      }),
    );
    const whole = draw({ count: 64, method: 'random', keys: { n: { integers: [3, 6] } } });
    expect([...new Set(whole.map(({ n }) => n))].sort()).toEqual([3, 4, 5, 6]);
  });

  it('have four digits, or as many as a narrow range needs', () => {
    const digits = (x: unknown): number => String(x).replace(/^0\.0*/, '').length;
    const keys = { a: { log: [1e-5, 1e-1] }, b: { range: [0, 1] }, c: { range: [0.99, 0.999] } } as const;
    const samples = draw({ count: 256, keys });
    const most = (key: string): number =>
      samples.reduce((longest, sample) => Math.max(longest, digits(sample[key])), 0);
    expect(['a', 'b', 'c'].map(most)).toEqual([4, 4, 6]);
    expect(new Set(samples.map(({ c }) => c)).size).toBeGreaterThan(250);
  });

  it('of more keys than Sobol has dimensions are refused', () => {
    const keys = Object.fromEntries(
      Array.from({ length: 33 }, (_, k) => [`k${k}`, { range: [0, 1] as const }]),
    );
    expect(() => draw({ keys })).toThrow(
      'samples.keys: expected at most 32 keys with method sobol, got 33; use method random',
    );
    expect(Object.keys(draw({ keys, method: 'random' })[0]!)).toHaveLength(33);
  });
});
