import { expect, it } from 'vitest';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { environmentIds, makeVectorEnv } from '../../src/envs/registry.ts';
import { sidesOf } from '../../src/envs/sides.ts';

const namesOf = (id: string, options = {}): string[] =>
  sidesOf(makeVectorEnv(id, options, 1)).map(({ name }) => name);

it('every scenario says who plays against whom', () => {
  expect(Object.fromEntries(environmentIds().map((id) => [id, namesOf(id)]))).toEqual({
    collect_treasure_v1: ['collector+deposit'],
    simple_adversary_v3: ['adversary', 'agent'],
    simple_crypto_v3: ['eve', 'bob+alice'],
    simple_formation_v1: ['agent'],
    simple_line_v1: ['agent'],
    simple_push_v3: ['adversary', 'agent'],
    simple_reference_v3: ['agent'],
    simple_speaker_listener_v4: ['speaker+listener'],
    simple_spread_v3: ['agent'],
    simple_tag_v3: ['adversary', 'agent'],
    simple_v3: ['agent'],
    simple_world_comm_v3: ['leadadversary+adversary', 'agent'],
  });
});

it('a side has its teams and the indices of its agents; a team without agents is left out', () => {
  expect(sidesOf(makeVectorEnv('simple_world_comm_v3', { num_adversaries: 3 }, 1))).toEqual([
    { name: 'leadadversary+adversary', teams: ['leadadversary', 'adversary'], agents: [0, 1, 2] },
    { name: 'agent', teams: ['agent'], agents: [3, 4] },
  ]);
  expect(namesOf('simple_world_comm_v3', { num_adversaries: 1 })).toEqual(['leadadversary', 'agent']);
});

it('in an environment that does not say, every team is a side of its own', () => {
  const agent = { obsWidth: 1, actWidth: 1, actionKind: 'box', actionLow: 0, actionHigh: 1 } as const;
  const spec = jointSpec(
    ['red_0', 'blue_0', 'red_1'].map((name) => ({ ...agent, name, team: name.slice(0, -2) })),
  );
  expect(sidesOf({ spec })).toEqual([
    { name: 'red', teams: ['red'], agents: [0, 2] },
    { name: 'blue', teams: ['blue'], agents: [1] },
  ]);
});
