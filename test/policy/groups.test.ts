import { describe, expect, it } from 'vitest';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { UserError } from '../../src/core/user-error.ts';
import { parameterGroups, type ParameterSharing } from '../../src/policy/groups.ts';

/** Two teams; by default `fast_0` has a wider observation. */
function specOf(fastObservation: number): ReturnType<typeof jointSpec> {
  return jointSpec(
    [
      { name: 'slow_0', team: 'slow', obsWidth: 4 },
      { name: 'slow_1', team: 'slow', obsWidth: 4 },
      { name: 'fast_0', team: 'fast', obsWidth: fastObservation },
    ].map((agent) => ({ ...agent, actWidth: 5, actionKind: 'box' as const, actionLow: 0, actionHigh: 1 })),
  );
}
const equal = specOf(4);
const unequal = specOf(6);

function message(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error('expected a UserError, got none');
}

describe('parameterGroups', () => {
  it('true: one group with one-hot ids and unprefixed info keys', () => {
    expect(parameterGroups(equal, true, 'one_hot')).toEqual([
      { name: 'shared', agents: [0, 1, 2], idWidth: 3, infoPrefix: '' },
    ]);
  });

  it('false: one group per agent, named after it, without ids', () => {
    expect(parameterGroups(unequal, false, 'one_hot')).toEqual([
      { name: 'slow_0', agents: [0], idWidth: 0, infoPrefix: 'slow_0/' },
      { name: 'slow_1', agents: [1], idWidth: 0, infoPrefix: 'slow_1/' },
      { name: 'fast_0', agents: [2], idWidth: 0, infoPrefix: 'fast_0/' },
    ]);
  });

  it('teams: one group per team, ids within the team', () => {
    expect(parameterGroups(unequal, 'teams', 'one_hot')).toEqual([
      { name: 'slow', agents: [0, 1], idWidth: 2, infoPrefix: 'slow/' },
      { name: 'fast', agents: [2], idWidth: 0, infoPrefix: 'fast/' },
    ]);
  });

  it('lists: the given groups, in agent order', () => {
    expect(parameterGroups(equal, [['slow_1'], ['fast_0', 'slow_0']], 'one_hot')).toEqual([
      { name: 'slow_0', agents: [0, 2], idWidth: 2, infoPrefix: 'slow_0/' },
      { name: 'slow_1', agents: [1], idWidth: 0, infoPrefix: 'slow_1/' },
    ]);
  });

  it('identity none: no ids', () => {
    for (const sharing of [true, false, 'teams'] as const)
      expect(parameterGroups(equal, sharing, 'none').map(({ idWidth }) => idWidth)).toEqual(
        { true: [0], false: [0, 0, 0], teams: [0, 0] }[String(sharing)],
      );
  });

  it('rejects unequal widths in a group', () => {
    expect(message(() => parameterGroups(unequal, true, 'one_hot'))).toBe(
      'use_parameter_sharing: expected agents of equal widths in a group, got slow_0 (observation 4, action 5) ' +
        'and fast_0 (observation 6, action 5); set use_parameter_sharing: false or teams',
    );
  });

  it('rejects unequal action bounds in a group', () => {
    const bounded = (low: number, high: number): ReturnType<typeof jointSpec> =>
      jointSpec(
        equal.agents.map((agent, i) => (i === 2 ? { ...agent, actionLow: low, actionHigh: high } : agent)),
      );
    const refusal = (bounds: string): string =>
      `use_parameter_sharing: expected agents of equal action bounds in a group, got slow_0 (0 to 1) and ` +
      `fast_0 (${bounds}); set use_parameter_sharing: false or teams`;
    expect(message(() => parameterGroups(bounded(0, 2), true, 'one_hot'))).toBe(refusal('0 to 2'));
    expect(message(() => parameterGroups(bounded(-1, 1), true, 'one_hot'))).toBe(refusal('-1 to 1'));
    expect(parameterGroups(bounded(-1, 2), 'teams', 'one_hot').map(({ name }) => name)).toEqual([
      'slow',
      'fast',
    ]);
  });

  it.each<[what: string, sharing: ParameterSharing]>([
    ['an unknown agent', [['slow_0', 'slow_1'], ['fast_0'], ['fast_9']]],
    ['a missing agent', [['slow_0', 'slow_1']]],
    ['an agent in two lists', [['slow_0', 'slow_1'], ['slow_1'], ['fast_0']]],
    ['an agent twice in a list', [['slow_0', 'slow_1', 'slow_1'], ['fast_0']]],
  ])('rejects lists with %s', (_, sharing) => {
    expect(message(() => parameterGroups(equal, sharing, 'one_hot'))).toBe(
      'use_parameter_sharing: expected every agent of slow_0, slow_1, fast_0 once, got ' +
        JSON.stringify(sharing),
    );
  });
});
