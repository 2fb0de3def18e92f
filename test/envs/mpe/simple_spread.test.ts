import { describe, expect, it } from 'vitest';
import { MpeParallelEnv } from '../../../src/envs/mpe/parallel.ts';
import { simpleSpread } from '../../../src/envs/mpe/scenarios/simple_spread_v3.ts';
import { makeEnv } from '../../../src/envs/registry.ts';
import { allDo } from './arbitrary-actions.ts';

type Point = readonly [number, number];

/** Positions from agent 0's observation (N agents, no neighbour limits), in float32 precision. */
function positions(obs: Float32Array, n: number): { agents: Point[]; landmarks: Point[] } {
  const own: Point = [obs[2]!, obs[3]!];
  const absolute = (at: number): Point => [own[0] + obs[at]!, own[1] + obs[at + 1]!];
  return {
    landmarks: Array.from({ length: n }, (_, l) => absolute(4 + 2 * l)),
    agents: [own, ...Array.from({ length: n - 1 }, (_, i) => absolute(4 + 2 * n + 2 * i))],
  };
}

const distance = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** Distance from each landmark to its nearest agent, and the number of others each agent overlaps. */
function formulas(obs: Float32Array, n: number): { nearest: number[]; overlaps: number[] } {
  const { agents, landmarks } = positions(obs, n);
  return {
    nearest: landmarks.map((l) => Math.min(...agents.map((a) => distance(a, l)))),
    overlaps: agents.map((a) => agents.filter((b) => b !== a && distance(a, b) < 0.3).length),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('simple_spread', () => {
  it('has observations of 4 + 2 landmarks + 4 others numbers, fewer or more with neighbour limits', () => {
    const width = (options: Record<string, unknown>): readonly number[] => {
      const space = makeEnv('simple_spread_v3', options).observationSpace('agent_0');
      return space.kind === 'box' ? space.shape : [];
    };
    expect(width({})).toEqual([18]);
    expect(width({ N: 1 })).toEqual([6]);
    expect(width({ N: 6 })).toEqual([36]);
    expect(width({ N: 5, num_agent_neighbors: 2 })).toEqual([22]);
    expect(width({ num_agent_neighbors: 4, num_landmark_neighbors: 1 })).toEqual([22]);
  });

  it('a neighbour limit puts the nearest first and leaves empty slots at zero', () => {
    const N = 3;
    const all = makeEnv('simple_spread_v3', { N }).reset({ seed: 6 }).observations['agent_0']!;
    const limits = { N, num_agent_neighbors: 3, num_landmark_neighbors: 2 };
    const few = makeEnv('simple_spread_v3', limits).reset({ seed: 6 }).observations['agent_0']!;
    const nearestFirst = (from: number, to: number): Point[] =>
      Array.from({ length: (to - from) / 2 }, (_, k): Point => [
        all[from + 2 * k]!,
        all[from + 2 * k + 1]!,
      ]).sort((a, b) => Math.hypot(...a) - Math.hypot(...b));
    const landmarks = nearestFirst(4, 10).slice(0, 2).flat();
    const others = nearestFirst(10, 14).flat();
    expect([...few]).toEqual([...all.slice(0, 4), ...landmarks, ...others, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('rewards follow the formulas', () => {
    for (const local_ratio of [0, 0.3, 1]) {
      const env = makeEnv('simple_spread_v3', { N: 6, local_ratio });
      env.reset({ seed: 4 });
      let touched = 0;
      while (env.agents.length > 0) {
        const { rewards, observations } = env.step(allDo(env, 0));
        const { nearest, overlaps } = formulas(observations['agent_0']!, 6);
        const expected = overlaps.map((count) => -sum(nearest) * (1 - local_ratio) - count * local_ratio);
        Object.values(rewards).forEach((reward, i) => {
          expect(reward).toBeCloseTo(expected[i]!, 5);
        });
        touched += sum(overlaps);
      }
      expect(touched).toBeGreaterThan(0);
    }
  });

  it('penalizes overlaps in curriculum stage 1 but not in stage 0', () => {
    const env = new MpeParallelEnv(simpleSpread.bind({ N: 6, local_ratio: 1, curriculum: true }));
    const total = (): number => sum(Object.values(env.step(allDo(env, 0)).rewards));
    env.reset({ seed: 4 });
    expect(total()).toBe(0);
    env.setCurriculumStage(9);
    env.reset({ seed: 4 });
    const { overlaps } = formulas(env.step(allDo(env, 0)).observations['agent_0']!, 6);
    env.reset({ seed: 4 });
    expect(total()).toBe(0 - sum(overlaps));
    expect(sum(overlaps)).toBe(6);
    env.setCurriculumStage(-1);
    env.reset({ seed: 4 });
    expect(total()).toBe(0);
  });

  it('has benchmark data of reward, overlaps, summed distances and covered landmarks', () => {
    const env = makeEnv('simple_spread_v3', { N: 6, benchmark_data: true });
    env.reset({ seed: 4 });
    while (env.agents.length > 0) {
      const { infos, observations } = env.step(allDo(env, 0));
      const { nearest, overlaps } = formulas(observations['agent_0']!, 6);
      env.possibleAgents.forEach((name, i) => {
        const data = infos[name]!['benchmark_data'] as number[];
        expect(data[0]).toBeCloseTo(-sum(nearest) - overlaps[i]!, 5);
        expect(data[1]).toBe(overlaps[i]);
        expect(data[2]).toBeCloseTo(sum(nearest), 5);
        expect(data[3]).toBe(nearest.filter((d) => d < 0.1).length);
      });
    }
  });
});
