import { describe, expect, it } from 'vitest';
import { differingKeys, environmentName, groupRuns, repeatedSeeds } from '../../src/report/groups.ts';
import { runOf } from './runs.ts';

const summary = (groups: ReturnType<typeof groupRuns>): unknown[] =>
  groups.map(({ label, variant, runs }) => [label, variant, runs.map(({ name }) => name)]);

describe('groups', () => {
  it('join runs that differ in seeds, names and what cannot change learning', () => {
    const runs = [
      runOf('a', [1], { seed: 1, env_seed: 1, name: 'a', save_interval: 10, env_options: { N: 3, M: 2 } }),
      runOf('b', [2], { seed: 2, env_seed: 5, name: 'b', save_interval: 20, env_options: { M: 2, N: 3 } }),
    ];
    expect(summary(groupRuns(runs))).toEqual([['MADDPG', 0, ['a', 'b']]]);
    expect(differingKeys(runs)).toEqual([]);
  });

  it('are labelled with the algorithm and the keys that differ', () => {
    const runs = [
      runOf('a', [1]),
      runOf('b', [1], { gamma: 0.95 }),
      runOf('c', [1], { agent: 'MATD3', tau: [1, 2] }),
      runOf('d', [1], { seed: 2 }),
    ];
    expect(summary(groupRuns(runs))).toEqual([
      ['MADDPG · gamma 0.9 · tau –', 0, ['a', 'd']],
      ['MADDPG · gamma 0.95 · tau –', 1, ['b']],
      ['MATD3 · gamma 0.9 · tau [1,2]', 2, ['c']],
    ]);
  });

  it('show three of many differing keys, or as many as tell them apart', () => {
    const many = (value: number): Record<string, number> => ({
      k1: value,
      k2: value,
      k3: value,
      k4: value,
      k5: value,
    });
    const label = (...runs: ReturnType<typeof runOf>[]): string[] =>
      groupRuns(runs).map((group) => group.label);
    expect(label(runOf('a', [1], many(1)), runOf('b', [1], many(2)))).toEqual([
      'MADDPG · k1 1 · k2 1 · k3 1 · and 2 more keys',
      'MADDPG · k1 2 · k2 2 · k3 2 · and 2 more keys',
    ]);
    expect(
      label(runOf('a', [1], many(1)), runOf('b', [1], { ...many(1), k4: 2 }), runOf('c', [1], many(2)))[1],
    ).toBe('MADDPG · k1 1 · k2 1 · k3 1 · k4 2 · and 1 more key');
  });

  it('are the same variant in two environments if only the environments tell them apart', () => {
    const tag = { env_id: 'simple_tag_v3', running_steps: 7 };
    const runs = [
      runOf('a', [1], { running_steps: 5 }),
      runOf('b', [1], { running_steps: 5, agent: 'MATD3' }),
      runOf('c', [1], { ...tag, agent: 'MATD3' }),
    ];
    expect(summary(groupRuns(runs))).toEqual([
      ['MADDPG', 0, ['a']],
      ['MATD3', 1, ['b']],
      ['MATD3', 1, ['c']],
    ]);
  });

  it('name teams with algorithms of their own, and options of environments', () => {
    const run = runOf('a', [1], {
      agent: { adversary: 'MADDPG', agent: 'IDDPG' },
      env_options: { N: 4 },
      continuous_action: false,
    });
    expect(groupRuns([run])[0]!.label).toBe('adversary MADDPG, agent IDDPG');
    expect(environmentName(run)).toBe('simple_spread_v3, N 4, discrete actions');
  });
});

describe('the name of an environment', () => {
  const named = (env_name: string, env_id: string, env_options = {}): string =>
    environmentName(runOf('a', [1], { env_name, env_id, env_options }));

  it("is a custom one's file name without folder and ending, with its options", () => {
    expect(named('custom', '../examples/meeting.mjs', { size: 3 })).toBe('meeting, size 3');
    expect(named('custom', 'meeting.ts')).toBe('meeting');
    expect(named('custom', String.raw`C:\envs\my.env.mjs`)).toBe('my.env');
  });

  it('is that of the package or module otherwise', () => {
    expect(named('custom', '@team/envs/part')).toBe('@team/envs/part');
    expect(named('pettingzoo', 'mpe2.simple_spread_v3')).toBe('mpe2.simple_spread_v3');
  });
});

describe('a seed that counts more than once in a group', () => {
  it('is named, unless env_seed tells the runs apart', () => {
    const seeds = [1, 1, 1, 2, 3, 3].map((seed, k) => runOf(`r${k}`, [1], { seed, env_seed: seed }));
    expect(repeatedSeeds(seeds)).toEqual([
      'seed 1 counts 3 times in MADDPG; intervals take runs as independent',
      'seed 3 counts twice in MADDPG; intervals take runs as independent',
    ]);
    const apart = [1, 2].map((env_seed) => runOf(`r${env_seed}`, [1], { seed: 1, env_seed }));
    expect(repeatedSeeds(apart)).toEqual([]);
    // Other groups have the same seeds, as they should.
    expect(repeatedSeeds([runOf('a', [1]), runOf('b', [1], { agent: 'MATD3' })])).toEqual([]);
  });

  it('is named with the environment where there are several', () => {
    const other = runOf('c', [1], { env_id: 'simple_tag_v3' });
    expect(repeatedSeeds([runOf('a', [1]), runOf('b', [1]), other])).toEqual([
      'seed 1 counts twice in MADDPG on simple_spread_v3; intervals take runs as independent',
    ]);
  });
});
