/** terminate_on_success against its formulas, computed from observations. The golden episodes all run to the time limit. */
import { describe, expect, it } from 'vitest';
import { scriptedController } from '../../../src/envs/mpe/controllers/scripted.ts';
import { makeVectorEnv } from '../../../src/envs/registry.ts';
import type { VectorEnv } from '../../../src/envs/vector-env.ts';

type Point = readonly [number, number];

/** Columns c and c + 1 of agent i's last observation. */
function pair(env: VectorEnv, i: number, c: number): Point {
  const at = env.spec.obsOffsets[i]! + c;
  return [env.nextObs[at]!, env.nextObs[at + 1]!];
}

const distance = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);
const agents = (env: VectorEnv): number[] => env.spec.agents.map((_, i) => i);

/** Position of landmark l, from agent 0's observation. */
function landmark(env: VectorEnv, l: number): Point {
  const [own, relative] = [pair(env, 0, 2), pair(env, 0, 4 + 2 * l)];
  return [own[0] + relative[0], own[1] + relative[1]];
}

/** Whether every target has a different agent closer than 0.05. */
function onTargets(env: VectorEnv, targets: readonly Point[]): boolean {
  const occupied = targets.map((target) =>
    agents(env).findIndex((i) => distance(pair(env, i, 2), target) < 0.05),
  );
  return occupied.every((i) => i >= 0) && new Set(occupied).size === targets.length;
}

const succeeded: Record<string, (env: VectorEnv) => boolean> = {
  simple_spread_v3: (env) =>
    agents(env).every((l) => agents(env).some((i) => distance(pair(env, i, 2), landmark(env, l)) < 0.1)),

  simple_formation_v1: (env) => {
    const n = env.spec.agents.length;
    const [x, y] = landmark(env, 0);
    const angles = agents(env).map((i) => {
      const [ax, ay] = pair(env, i, 2);
      const angle = Math.atan2(ay - y, ax - x);
      return angle < 0 ? angle + 2 * Math.PI : angle;
    });
    const first = Math.min(...angles);
    return onTargets(
      env,
      agents(env).map((j): Point => {
        const angle = first + (2 * Math.PI * j) / n;
        return [x + 0.5 * Math.cos(angle), y + 0.5 * Math.sin(angle)];
      }),
    );
  },

  simple_line_v1: (env) => {
    const n = env.spec.agents.length;
    const [[ax, ay], [bx, by]] = [landmark(env, 0), landmark(env, 1)];
    return onTargets(
      env,
      agents(env).map((j): Point => [ax + (j / (n - 1)) * (bx - ax), ay + (j / (n - 1)) * (by - ay)]),
    );
  },

  simple_tag_v3: (env) => {
    const team = (name: string): number[] => agents(env).filter((i) => env.spec.agents[i]!.team === name);
    return team('agent').every((j) =>
      team('adversary').some((i) => distance(pair(env, i, 2), pair(env, j, 2)) < 0.125),
    );
  },
};

describe('terminate_on_success ends an episode exactly when its formula holds', () => {
  it.each([
    ['simple_spread_v3', { N: 2 }],
    ['simple_formation_v1', { N: 3 }],
    ['simple_line_v1', { N: 3 }],
    ['simple_tag_v3', { num_good: 2, num_adversaries: 5 }],
  ])('%s %o', (id, options) => {
    const given = { ...options, continuous_actions: true, max_cycles: 100 };
    const env = makeVectorEnv(id, { ...given, terminate_on_success: true }, 1);
    const ignoring = makeVectorEnv(id, given, 1);
    const act = scriptedController(id, env.spec, options);
    const actions = new Float32Array(env.spec.actTotal);
    let successes = 0;
    let steps = 0;
    for (let seed = 0; seed < 8; seed++) {
      env.reset([seed]);
      ignoring.reset([seed]);
      do {
        act(env.obs, actions);
        env.step(actions);
        ignoring.step(actions);
        steps++;
        const success = succeeded[id]!(env);
        expect([...env.terminals], `seed ${seed}`).toEqual(agents(env).map(() => (success ? 1 : 0)));
        expect(env.nextObs).toEqual(ignoring.nextObs);
        expect([...ignoring.terminals]).toEqual(agents(env).map(() => 0));
        if (success) successes++;
      } while (env.ended[0] === 0);
    }
    expect(successes).toBeGreaterThan(4);
    expect(steps).toBeGreaterThan(5 * successes); // so most steps are not successes
  });

  it('at the time limit an episode is truncated even on success', () => {
    const options = { N: 1, continuous_actions: true, terminate_on_success: true };
    const env = makeVectorEnv('simple_line_v1', options, 1);
    const act = scriptedController(env.name, env.spec, options);
    const actions = new Float32Array(5);
    env.reset([1]);
    let steps = 0;
    do {
      act(env.obs, actions);
      env.step(actions);
      steps++;
    } while (env.terminals[0] === 0);
    const limited = makeVectorEnv('simple_line_v1', { ...options, max_cycles: steps }, 1);
    limited.reset([1]);
    for (let t = 0; t < steps; t++) {
      act(limited.obs, actions);
      limited.step(actions);
    }
    expect([limited.ended[0], limited.terminals[0]]).toEqual([1, 0]);
  });
});
