import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { FastStream } from '../../src/core/random.ts';
import { Exploration, noiseScale, type RandomStream } from '../../src/rollout/noise.ts';

/** Two action columns in [0, 1], then one in [-2, 3]. */
const spec = jointSpec(
  [
    { name: 'a_0', actWidth: 2, actionLow: 0, actionHigh: 1 },
    { name: 'b_0', actWidth: 1, actionLow: -2, actionHigh: 3 },
  ].map((agent) => ({ ...agent, team: 'a', obsWidth: 1, actionKind: 'box' as const })),
);

/** A stream that returns these numbers in turn, for any distribution. */
function fixed(...numbers: number[]): RandomStream {
  const next = (): number => numbers.shift()!;
  return {
    double: next,
    fillNormal: (out, std) => {
      out.forEach((_, i) => (out[i] = std * next()));
    },
  };
}

describe('noiseScale', () => {
  it('decays linearly from start to end, then stays constant', () => {
    const schedule = { start: 1, end: 0.5, steps: 1000 };
    expect([0, 250, 500, 1000, 1001, 9999].map((step) => noiseScale(schedule, step))).toEqual([
      1, 0.875, 0.75, 0.5, 0.5, 0.5,
    ]);
  });

  it('may rise, or be constant', () => {
    expect(noiseScale({ start: 0, end: 1, steps: 4 }, 1)).toBe(0.25);
    expect(noiseScale({ start: 0.1, end: 0.1, steps: 4 }, 3)).toBe(0.1);
  });
});

describe('Exploration', () => {
  it("adds scaled normal noise and clips to each column's bounds", () => {
    const exploration = new Exploration(spec, fixed(0.5, -1, 1, 2, -8, 100));
    const actions = Float32Array.of(0.5, 0.5, 0.5, /* second environment */ 0.5, 0.5, 0.5);
    exploration.addNoise(actions, 0.5);
    expect([...actions]).toEqual([0.75, 0, 1, 1, 0, 3]);
  });

  it('only clips at scale 0', () => {
    const exploration = new Exploration(spec, new FastStream(1, 'test'));
    const actions = Float32Array.of(0.25, 1.5, -7);
    exploration.addNoise(actions, 0);
    expect([...actions]).toEqual([0.25, 1, -2]);
  });

  it('stays within the bounds and reaches both', () => {
    const exploration = new Exploration(spec, new FastStream(2, 'test'));
    const actions = new Float32Array(3 * 200).fill(0.5);
    exploration.addNoise(actions, 20);
    const ofAgent = (columns: number[]): number[] => [...actions].filter((_, k) => columns.includes(k % 3));
    expect([Math.min(...ofAgent([0, 1])), Math.max(...ofAgent([0, 1]))]).toEqual([0, 1]);
    expect([Math.min(...ofAgent([2])), Math.max(...ofAgent([2]))]).toEqual([-2, 3]);
  });

  it('has the given standard deviation, independent across actions', () => {
    const wide = jointSpec(spec.agents.map((agent) => ({ ...agent, actionLow: -1e9, actionHigh: 1e9 })));
    const exploration = new Exploration(wide, new FastStream(3, 'test'));
    const actions = new Float32Array(3 * 20_000);
    exploration.addNoise(actions, 0.3);
    const mean = actions.reduce((sum, x) => sum + x, 0) / actions.length;
    const variance = actions.reduce((sum, x) => sum + (x - mean) ** 2, 0) / actions.length;
    // Four standard errors: 0.3 / sqrt(60000) * 4 and 0.3 / sqrt(120000) * 4.
    expect(Math.abs(mean)).toBeLessThan(0.005);
    expect(Math.abs(Math.sqrt(variance) - 0.3)).toBeLessThan(0.0035);
    expect(new Set(actions).size).toBeGreaterThan(59_000);
  });

  it('equals the sum, clipped by Math.min and Math.max, to the sign of zero, and keeps NaN', () => {
    const action = fc.oneof(fc.float(), fc.constantFrom(0, -0, 1, -2, 3, NaN, Infinity, -Infinity));
    const rows = fc.array(fc.tuple(action, action, action), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(rows, fc.double({ min: 0, max: 10 }), fc.maxSafeNat(), (given, scale, seed) => {
        const actions = Float32Array.from(given.flat());
        const twin = new FastStream(seed, 'test');
        const clipped = actions.map((x, k) => {
          const [low, high] = k % 3 === 2 ? [-2, 3] : [0, 1];
          return Math.max(low, Math.min(high, x + scale * twin.normal()));
        });
        new Exploration(spec, new FastStream(seed, 'test')).addNoise(actions, scale);
        expect(actions.every((x, k) => Object.is(x, clipped[k]))).toBe(true);
      }),
    );
  });

  it('draws uniform actions between the bounds', () => {
    const exploration = new Exploration(spec, fixed(0, 0.25, 0, 0.5, 0.75, 0.5));
    const actions = new Float32Array(6).fill(NaN);
    exploration.fillUniform(actions);
    expect([...actions]).toEqual([0, 0.25, -2, 0.5, 0.75, 0.5]);
  });

  it('adds no noise to sampled actions, but clips them', () => {
    const exploration = new Exploration(spec, fixed(0.5, 0.5), { stochastic: ['a_0'] });
    const actions = Float32Array.of(0.25, 1.5, 1, /* second environment */ -1, 0.75, 2);
    exploration.addNoise(actions, 1);
    expect([...actions]).toEqual([0.25, 1, 1.5, 0, 0.75, 2.5]);
    expect(new Exploration(spec, fixed(), { stochastic: ['a_0', 'b_0'] }).addsNoise).toBe(false);
  });

  it('draws uniform discrete actions', () => {
    const choices = jointSpec([
      {
        name: 'a_0',
        team: 'a',
        obsWidth: 1,
        actWidth: 4,
        actionKind: 'discrete',
        actionLow: 0,
        actionHigh: 1,
      },
    ]);
    const exploration = new Exploration(choices, fixed(0.5));
    const actions = Float32Array.of(1, 0, 0, 0);
    exploration.fillUniform(actions);
    expect([...actions]).toEqual([0, 0, 1, 0]);
  });
});
