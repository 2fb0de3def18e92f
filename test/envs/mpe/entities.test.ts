/** Bodies moved by hand. */
import { describe, expect, it } from 'vitest';
import { makeVectorEnv } from '../../../src/envs/registry.ts';
import type { VectorEnv } from '../../../src/envs/vector-env.ts';

function begun(): VectorEnv {
  const env = makeVectorEnv('simple_spread_v3', { N: 2, continuous_actions: true }, 2);
  env.reset([3, 4]);
  return env;
}

describe('the bodies of a particle world', () => {
  it('are listed with names and radii, agents first', () => {
    expect(begun().entities!(1).map(({ name, isAgent, radius }) => [name, isAgent, radius])).toEqual([
      ['agent_0', true, 0.15],
      ['agent_1', true, 0.15],
      ['landmark 0', false, 0.05],
      ['landmark 1', false, 0.05],
    ]);
  });

  it('are put down where a hand wants them, at rest, and observed there at once', () => {
    const env = begun();
    env.step(new Float32Array(20).fill(1).map((_, k) => (k % 5 === 2 ? 1 : 0)));
    const other = env.entities!(0);
    env.moveEntity!(1, 0, 0.25, -0.5);
    env.moveEntity!(1, 3, 1, 1);
    expect(env.entities!(1).map(({ x, y }) => [x, y])).toMatchObject({ 0: [0.25, -0.5], 3: [1, 1] });
    // Velocity, position and the way to landmark 1 in the observation of agent 0 of environment 1.
    const obs = env.obs.subarray(env.spec.obsTotal);
    expect([...obs.subarray(0, 4), ...obs.subarray(6, 8)]).toEqual([0, 0, 0.25, -0.5, 0.75, 1.5]);
    expect(env.entities!(0)).toEqual(other);
  });

  it('change nothing else: put back, the episode goes on as if untouched', () => {
    const [env, untouched] = [begun(), begun()];
    const { x, y } = env.entities!(0)[0]!;
    env.moveEntity!(0, 0, 5, 5);
    env.moveEntity!(0, 0, x, y);
    expect(env.snapshot()).toEqual(untouched.snapshot());
    expect(env.obs).toEqual(untouched.obs);
  });

  it('do not move before an episode, nor out of the world, nor where there are none', () => {
    const fresh = makeVectorEnv('simple_spread_v3', {}, 1);
    expect(() => {
      fresh.moveEntity!(0, 0, 0, 0);
    }).toThrow('moveEntity(): expected environments with an episode, got none; call reset() first');
    const env = begun();
    for (const [e, k, x, fault] of [
      [2, 0, 0, 'an environment from 0 to 1, got 2'],
      [0, 4, 0, 'an entity from 0 to 3, got 4'],
      [0, 0, NaN, 'a place within ±1000000000000, got NaN'],
    ] as const)
      expect(() => {
        env.moveEntity!(e, k, x, 0);
      }).toThrow(`moveEntity: expected ${fault}`);
  });
});
