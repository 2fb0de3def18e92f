import { describe, expect, it } from 'vitest';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { makeEnv, makeVectorEnv } from '../../src/envs/registry.ts';
import { noopActor, randomActor, type Actor } from '../../src/evaluate/actors.ts';
import { episodeReturns, playEpisodes } from '../../src/evaluate/play.ts';
import { OPPONENTS as spec } from './opponents.ts';

describe('episodeReturns', () => {
  it('plays consecutive episodes after reset(seed)', () => {
    const options = { continuous_actions: true, max_cycles: 7 };
    // Pushes agents right, so that returns depend on actions.
    const push = Float32Array.of(0, 0.1, 0.9, 0.2, 0.3);
    const actor: Actor = (_, actions) => {
      for (let i = 0; i < 3; i++) actions.set(push, i * 5);
    };
    const found = episodeReturns(makeVectorEnv('simple_spread_v3', options, 1), actor, 3, 42);

    const env = makeEnv('simple_spread_v3', options);
    env.reset({ seed: 42 });
    const expected = [0, 1, 2].map((k) => {
      if (k > 0) env.reset();
      const returns = [0, 0, 0];
      while (env.agents.length > 0) {
        const { rewards } = env.step(Object.fromEntries(env.agents.map((name) => [name, push])));
        env.possibleAgents.forEach((name, i) => (returns[i]! += rewards[name]!));
      }
      return returns;
    });
    expect(found).toEqual(expected);
    expect(new Set(found.map(String)).size).toBe(3);
  });
});

describe('playEpisodes', () => {
  it('yields after every step, and rejects endless episodes', () => {
    const env = makeVectorEnv('simple_v3', { max_cycles: 100_001 }, 1);
    const played = playEpisodes(env, noopActor(env.spec), 3);
    for (let step = 1; step < 100_000; step++) expect(played.next().value).toBeUndefined();
    expect(() => played.next()).toThrow(
      'simple_v3: expected evaluation episodes of at most 100000 steps, got a longer one; ' +
        'give the environment a time limit',
    );
    const just = makeVectorEnv('simple_v3', { max_cycles: 100_000 }, 1);
    expect(episodeReturns(just, noopActor(just.spec), 1, 3)).toHaveLength(1);
  });
});

describe('randomActor', () => {
  it("is uniform within each agent's bounds and reproducible", () => {
    const draw = (seed: number): number[][] => {
      const actor = randomActor(spec, seed);
      return Array.from({ length: 2000 }, () => {
        const actions = new Float32Array(5);
        actor(new Float32Array(3), actions);
        return [...actions];
      });
    };
    const draws = draw(1);
    expect(draw(1)).toEqual(draws);
    expect(draw(2)).not.toEqual(draws);
    [
      [-1, 3],
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 1],
    ].forEach(([low, high], column) => {
      const found = draws.map((row) => row[column]!);
      const width = high! - low!;
      expect(Math.min(...found)).toBeGreaterThanOrEqual(low!);
      expect(Math.max(...found)).toBeLessThanOrEqual(high!);
      expect(Math.min(...found)).toBeLessThan(low! + 0.01 * width);
      expect(Math.max(...found)).toBeGreaterThan(high! - 0.01 * width);
      // Four standard errors of the mean of 2000 uniform numbers.
      const mean = found.reduce((sum, x) => sum + x, 0) / found.length;
      expect(Math.abs(mean - (low! + high!) / 2)).toBeLessThan(0.026 * width);
    });
  });
});

describe('noopActor', () => {
  it('gives zeros, clipped to the bounds', () => {
    const spec = jointSpec(
      [-1, 2].map((actionLow, i) => ({
        ...{ name: `agent_${i}`, team: 'agent', obsWidth: 1, actWidth: 2, actionKind: 'box' as const },
        actionLow,
        actionHigh: 3,
      })),
    );
    const actions = new Float32Array(4).fill(7);
    noopActor(spec)(new Float32Array(2), actions);
    expect([...actions]).toEqual([0, 0, 2, 2]);
  });

  it('stands still', () => {
    for (const continuous_actions of [true, false]) {
      const env = makeVectorEnv('simple_v3', { continuous_actions }, 1);
      env.reset([1]);
      const before = env.obs.slice();
      const actions = new Float32Array(env.spec.actTotal);
      noopActor(env.spec)(env.obs, actions);
      for (let t = 0; t < 5; t++) env.step(actions);
      expect(env.obs).toEqual(before);
    }
  });
});
