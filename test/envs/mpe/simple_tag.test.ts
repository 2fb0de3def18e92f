import { describe, expect, it } from 'vitest';
import { MpeParallelEnv } from '../../../src/envs/mpe/parallel.ts';
import { simpleTag } from '../../../src/envs/mpe/scenarios/simple_tag_v3.ts';

const RIGHT = 2;

describe('the curriculum of simple_tag', () => {
  // Far apart, so velocity shows force and speed limit alone.
  const open = (): MpeParallelEnv =>
    new MpeParallelEnv(simpleTag.bind({ num_obstacles: 0, num_adversaries: 1, curriculum: true }));
  const speeds = (env: MpeParallelEnv, agent: string, steps: number): number[] =>
    Array.from({ length: steps }, () => {
      const { observations } = env.step({ adversary_0: RIGHT, agent_0: RIGHT });
      return observations[agent]![0]!;
    });

  it.each([
    [0, 0.5],
    [1, 0.75],
    [2, 1],
    [9, 1],
    [-1, 0.5],
  ])('in stage %i the agents have %f of their force and speed', (stage, share) => {
    const env = open();
    env.setCurriculumStage(stage);
    env.reset({ seed: 3 });
    const [first, ...later] = speeds(env, 'agent_0', 20);
    expect(first).toBeCloseTo(4 * share * 0.1, 6);
    expect(later.at(-1)).toBeCloseTo(1.3 * share, 6);
  });

  it('starts in stage 0, changes at the next reset and does not affect adversaries', () => {
    const env = open();
    env.reset({ seed: 3 });
    expect(speeds(env, 'agent_0', 20).at(-1)).toBeCloseTo(0.65, 6);
    env.setCurriculumStage(2);
    expect(speeds(env, 'agent_0', 1)[0]).toBeCloseTo(0.65, 6);
    env.reset();
    expect(speeds(env, 'adversary_0', 20).at(-1)).toBeCloseTo(1, 6);
    expect(speeds(env, 'agent_0', 1)[0]).toBeCloseTo(1.3, 6);
  });
});
