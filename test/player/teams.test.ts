import { describe, expect, it } from 'vitest';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { against, type Playing } from '../../src/player/teams.ts';

const box = { obsWidth: 1, actWidth: 2, actionKind: 'box', actionLow: 0, actionHigh: 1 } as const;
const agent = (name: string, team: string): Parameters<typeof jointSpec>[0][number] => ({
  ...box,
  name,
  team,
});
const spec = jointSpec([agent('red_0', 'red'), agent('blue_0', 'blue'), agent('red_1', 'red')]);
const playing = (x: number): Playing => ({
  actor: (_, actions) => {
    actions.fill(x);
  },
  values: () => [x, x, x],
});

describe('teams from different policies', () => {
  it('act and are valued each by their own', () => {
    const { actor, values } = against({ name: 'war', spec }, playing(1), playing(2));
    const actions = new Float32Array(6);
    actor(new Float32Array(3), actions);
    expect([...actions]).toEqual([1, 1, 2, 2, 1, 1]);
    expect(values!(new Float32Array(3), actions)).toEqual([1, 2, 1]);
  });

  it('need two sides', () => {
    const one = jointSpec([agent('red_0', 'red'), agent('red_1', 'red')]);
    expect(() => against({ name: 'war', spec: one }, playing(1), playing(2))).toThrow(
      '--against: expected an environment with opponents, got war, whose agents are all on one side; leave it out',
    );
  });
});
