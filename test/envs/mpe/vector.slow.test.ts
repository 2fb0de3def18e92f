import { describe, expect, it } from 'vitest';
import { environmentIds, makeEnv, makeVectorEnv } from '../../../src/envs/registry.ts';
import type { VectorEnv } from '../../../src/envs/vector-env.ts';
import { fault } from '../fault.ts';
import { jointActions, namedActions } from './arbitrary-actions.ts';

const E = 3;
const SEEDS = [5, 11, 7];

/** Copies of everything a step writes. */
function outcome(env: VectorEnv): number[][] {
  return [env.obs, env.nextObs, env.rewards, env.terminals, env.agentMask, env.ended].map((array) => [
    ...array,
  ]);
}

function seeded(id: string, options: Record<string, unknown>): VectorEnv {
  const env = makeVectorEnv(id, options, E);
  env.reset(SEEDS);
  return env;
}

const variants: [string, Record<string, number | boolean>][] = environmentIds().flatMap((id) => [
  [id, { continuous_actions: true, max_cycles: 7 }],
  [id, { continuous_actions: false, max_cycles: 7 }],
]);
variants.push(
  ['simple_spread_v3', { N: 4, num_agent_neighbors: 2, num_landmark_neighbors: 6, max_cycles: 7 }],
  ['simple_spread_v3', { N: 1, terminate_on_success: true, max_cycles: 40 }],
  ['simple_tag_v3', { num_good: 2, num_agent_neighbors: 2, num_landmark_neighbors: 1, max_cycles: 7 }],
  ['simple_tag_v3', { num_adversaries: 9, curriculum: true, terminate_on_success: true, max_cycles: 20 }],
  ['simple_world_comm_v3', { num_adversaries: 1, num_obstacles: 0, num_forests: 0, max_cycles: 7 }],
  ['simple_formation_v1', { N: 6, max_cycles: 7 }],
  ['collect_treasure_v1', { num_collectors: 3, num_deposits: 1, num_treasures: 20, max_cycles: 20 }],
);

describe.each(variants)('%s %o', (id, options) => {
  it('E environments equal E single environments bit for bit over several episodes', () => {
    const env = seeded(id, options);
    const singles = SEEDS.map((seed) => {
      const single = makeEnv(id, options);
      single.reset({ seed });
      return single;
    });
    const next = jointActions(env, 1);
    const { agents, obsTotal } = env.spec;
    const n = agents.length;
    for (let t = 0; t < 3 * Number(options['max_cycles']); t++) {
      const actions = next();
      env.step(actions);
      singles.forEach((single, e) => {
        const result = single.step(namedActions(env, actions, e));
        const row = (joint: Float32Array): Float32Array => joint.slice(e * obsTotal, (e + 1) * obsTotal);
        expect(row(env.nextObs)).toEqual(single.state());
        expect([...env.rewards.subarray(e * n, (e + 1) * n)]).toEqual(Object.values(result.rewards));
        const terminated = Object.values(result.terminations).map(Number);
        expect([...env.terminals.subarray(e * n, (e + 1) * n)]).toEqual(terminated);
        expect(env.ended[e]).toBe(single.agents.length === 0 ? 1 : 0);
        if (single.agents.length === 0) single.reset();
        // After the end of an episode `obs` is the first observation of the next.
        expect(row(env.obs)).toEqual(single.state());
      });
    }
  });

  it('a mid-episode snapshot continues bit for bit, in the same object and in a new one', () => {
    const env = seeded(id, options);
    const next = jointActions(env, 2);
    for (let t = 0; t < 10; t++) env.step(next());
    const bytes = env.snapshot();
    const obs = env.obs.slice();
    const later = Array.from({ length: 30 }, next);
    const run = (continued: VectorEnv): number[][][] =>
      later.map((actions) => {
        continued.step(actions);
        return outcome(continued);
      });
    const expected = run(env);
    const other = makeVectorEnv(id, options, E);
    // In a checkpoint the bytes may be unaligned.
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    other.restore(shifted.subarray(3));
    expect(other.obs).toEqual(obs);
    expect(run(other)).toEqual(expected);
    env.restore(bytes);
    expect(run(env)).toEqual(expected);
  });

  it('a seed determines everything, regardless of what happened before', () => {
    const env = seeded(id, options);
    const play = (): number[][][] => {
      env.reset(SEEDS);
      const next = jointActions(env, 3);
      return Array.from({ length: 20 }, () => {
        env.step(next());
        return outcome(env);
      });
    };
    expect(play()).toEqual(play());
  });
});

describe('the end of an episode', () => {
  it('at the time limit is a truncation: terminals stay 0, ended is 1, nextObs is the final observation', () => {
    const env = seeded('simple_spread_v3', { max_cycles: 2, continuous_actions: true });
    const next = jointActions(env, 4);
    env.step(next());
    expect([...env.ended]).toEqual([0, 0, 0]);
    expect(env.obs).toEqual(env.nextObs);
    const before = env.obs.slice();
    env.step(next());
    expect([...env.ended]).toEqual([1, 1, 1]);
    expect([...env.terminals]).toEqual(new Array(9).fill(0));
    expect([...env.agentMask]).toEqual(new Array(9).fill(1));
    // Positions follow the previous velocity, which distinguishes the final observation from a first one.
    expect(env.nextObs[2]).toBeCloseTo(before[2]! + 0.1 * before[0]!, 6);
    expect([env.obs[0], env.obs[1]]).toEqual([0, 0]);
    expect(env.nextObs[0]).not.toBe(0);
  });

  it('by success is a termination: terminals and ended are 1', () => {
    // One agent walks to its landmark along the axis with the larger distance.
    const env = makeVectorEnv('simple_spread_v3', { N: 1, terminate_on_success: true, max_cycles: 1000 }, 1);
    env.reset([3]);
    const actions = new Float32Array(5);
    let steps = 0;
    do {
      const [vx, vy, , , dx, dy] = env.obs;
      // The agent coasts by 0.4 times its velocity.
      const [x, y] = [dx! - 0.4 * vx!, dy! - 0.4 * vy!];
      const move = Math.abs(x) > Math.abs(y) ? (x < 0 ? 1 : 2) : y < 0 ? 3 : 4;
      actions.fill(0)[move] = 1;
      env.step(actions);
      steps++;
      const distance = Math.hypot(env.nextObs[4]!, env.nextObs[5]!);
      expect(env.terminals[0]).toBe(distance < 0.1 ? 1 : 0);
    } while (env.ended[0] === 0);
    expect(steps).toBeLessThan(1000);
    expect(env.terminals[0]).toBe(1);
  });
});

describe('faults', () => {
  const env = seeded('simple_spread_v3', { continuous_actions: true });

  it('a wrong number of seeds, or an invalid seed', () => {
    expect(
      fault(() => {
        env.reset([1]);
      }),
    ).toBe('seeds: expected 3 numbers, one per environment, got Array of 1 values');
    expect(
      fault(() => {
        env.reset([1, 2, -3]);
      }),
    ).toBe('seed: expected an integer from 0 to 2^53 - 1, got -3');
  });

  it('actions of the wrong size, and NaN', () => {
    expect(
      fault(() => {
        env.step(new Float32Array(7));
      }),
    ).toBe('actions: expected 45 values, [3, 15], got Float32Array of 7 values');
    expect(
      fault(() => {
        env.step(new Float32Array(45).fill(NaN, 21, 22));
      }),
    ).toBe('actions.agent_1: expected numbers, got NaN');
    const choices = seeded('simple_spread_v3', {});
    expect(
      fault(() => {
        choices.step(new Float32Array(45).fill(NaN, 44));
      }),
    ).toBe('actions.agent_2: expected one number per choice, got NaN');
  });

  it('a snapshot of a different environment', () => {
    const bytes = env.snapshot();
    const expected = `snapshot: expected ${bytes.length} bytes of simple_spread_v3 with 3 environments, got`;
    expect(
      fault(() => {
        env.restore(bytes.subarray(1));
      }),
    ).toBe(`${expected} ${bytes.length - 1} bytes`);
    const other = seeded('simple_spread_v3', { continuous_actions: false });
    expect(
      fault(() => {
        other.restore(bytes);
      }),
    ).toBe(`${expected} a snapshot of a different environment`);
  });
});
