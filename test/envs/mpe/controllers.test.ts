import { describe, expect, it } from 'vitest';
import { scriptedController } from '../../../src/envs/mpe/controllers/scripted.ts';
import { environmentIds, makeVectorEnv } from '../../../src/envs/registry.ts';
import { randomActor } from '../../../src/evaluate/actors.ts';
import { episodeReturns } from '../../../src/evaluate/play.ts';
import { summarize } from '../../../src/evaluate/returns.ts';
import { fault } from '../fault.ts';

const EPISODES = 40;

/** Mean returns of a team with scripted and with random actions. */
function returns(
  id: string,
  team: string,
  options: Readonly<Record<string, unknown>>,
): { scripted: number; random: number } {
  const env = makeVectorEnv(id, { ...options }, 1);
  const mean = (actor: Parameters<typeof episodeReturns>[1]): number =>
    summarize(env.spec, episodeReturns(env, actor, EPISODES, 3)).per_team[team]!.mean;
  return {
    scripted: mean(scriptedController(id, env.spec, options)),
    random: mean(randomActor(env.spec, 3)),
  };
}

describe('a scripted controller solves its scenario', () => {
  // Upper limit on the ratio of scripted to random return; both are negative.
  it.each([
    ['simple_v3', {}, 0.25],
    ['simple_spread_v3', {}, 0.3],
    ['simple_spread_v3', { N: 5 }, 0.4],
    ['simple_formation_v1', {}, 0.25],
    ['simple_formation_v1', { N: 1 }, 0.4],
    ['simple_line_v1', {}, 0.3],
    ['simple_line_v1', { N: 7 }, 0.3],
    ['simple_reference_v3', {}, 0.3],
  ])('%s %o', (id, options, share) => {
    for (const continuous_actions of [true, false]) {
      const { scripted, random } = returns(id, 'agent', { ...options, continuous_actions });
      expect(scripted / random).toBeLessThan(continuous_actions ? share : 1.5 * share);
    }
  });

  it('simple_speaker_listener', () => {
    for (const continuous_actions of [true, false]) {
      const { scripted, random } = returns('simple_speaker_listener_v4', 'listener', { continuous_actions });
      expect(scripted / random).toBeLessThan(0.4);
    }
  });

  it('simple_tag: adversaries catch fleeing prey more than twice as often as random ones', () => {
    for (const continuous_actions of [true, false]) {
      const { scripted, random } = returns('simple_tag_v3', 'adversary', { continuous_actions });
      expect(scripted).toBeGreaterThan(2 * random);
      expect(scripted).toBeGreaterThan(15);
    }
  });

  it('collect_treasure: seven pick-ups and deliveries or more, without running into each other', () => {
    for (const continuous_actions of [true, false]) {
      const { scripted, random } = returns('collect_treasure_v1', 'collector', { continuous_actions });
      expect(scripted).toBeGreaterThan(35);
      expect(random).toBeLessThan(0);
    }
  });

  it('a scripted speaker sends the goal, with continuous and discrete actions', () => {
    for (const continuous_actions of [true, false]) {
      const env = makeVectorEnv('simple_speaker_listener_v4', { continuous_actions }, 1);
      const act = scriptedController(env.name, env.spec, {});
      const actions = new Float32Array(env.spec.actTotal);
      for (let seed = 0; seed < 10; seed++) {
        env.reset([seed]);
        const colour = [...env.obs.subarray(0, 3)];
        act(env.obs, actions);
        env.step(actions);
        const heard = [...env.obs.subarray(11, 14)];
        expect(heard).toEqual(colour.map((x) => (x > 0.5 ? 1 : 0)));
      }
    }
  });
});

it('every particle environment has a scripted controller', () => {
  for (const id of environmentIds()) {
    const { spec } = makeVectorEnv(id, {}, 1);
    expect(() => scriptedController(id, spec, {}), id).not.toThrow();
  }
});

describe('no scripted controller', () => {
  const { spec } = makeVectorEnv('simple_spread_v3', {}, 1);

  it('for an environment without one', () => {
    expect(fault(() => scriptedController('my-env.js', spec, {}))).toMatch(
      /^--policy scripted: expected an environment with a scripted controller \(.*simple_v3, .*\), got my-env.js; use random or noop$/,
    );
  });

  it('if neighbour limits hide what it needs', () => {
    const options = { num_landmark_neighbors: null, num_agent_neighbors: 1 };
    expect(fault(() => scriptedController('simple_spread_v3', spec, options))).toBe(
      '--policy scripted: expected no neighbour limits, got num_agent_neighbors; leave it out',
    );
  });
});
