/** The rows of a sweep's table. */
import { describe, expect, it } from 'vitest';
import { sweepTable } from '../../src/sweep/table.ts';
import { result } from './results.ts';

const LAST = { metric: 'test/episode_return_mean', at: 'last' } as const;
const BEST = { ...LAST, at: 'best' } as const;

const SWEEP = [
  ...[-9, -8, -7, -2, -30].map((last, k) =>
    result({ group: '1-0.1', seed: k + 1, keys: { agent: 'MADDPG', tau: 0.1 }, returns: [-40, last] }),
  ),
  ...[-6, -5, -4].map((last, k) =>
    result({ group: '2-0.2', seed: k + 1, keys: { agent: 'MADDPG', tau: 0.2 }, returns: [-3, last] }),
  ),
  result({ group: '2-0.2', seed: 4, keys: { agent: 'MADDPG', tau: 0.2 }, returns: [100], finished: false }),
  result({ group: '3-0.3', seed: 1, keys: { agent: 'MADDPG', tau: 0.3 } }),
];

describe('a row', () => {
  it('has the mean, interquartile mean, 95 % interval, worst and best of the last scores of finished trials', () => {
    const row = sweepTable(SWEEP, LAST).search.find(({ group }) => group === '1-0.1')!;
    expect(row).toMatchObject({ finished: 5, seeds: 5, seconds: 4.75, steps: 2000 });
    expect(row.scores.map(({ score }) => score)).toEqual([-9, -8, -7, -2, -30]);
    // rliable: ⌊5/4⌋ left out at either end; the ends of the interval are those of resampled runs.
    expect(row.statistics).toEqual({ mean: -11.2, iqm: -8, interval: [-23, -11 / 3], worst: -30, best: -2 });
  });

  it('leaves out unfinished trials and counts them', () => {
    const row = sweepTable(SWEEP, LAST).search.find(({ group }) => group === '2-0.2')!;
    expect(row).toMatchObject({ finished: 3, seeds: 4, statistics: { iqm: -5, worst: -6, best: -4 } });
  });

  it('has the best evaluations instead if the objective says so', () => {
    const row = sweepTable(SWEEP, BEST).search.find(({ group }) => group === '2-0.2')!;
    expect(row.statistics).toEqual({ mean: -3, iqm: -3, interval: [-3, -3], worst: -3, best: -3 });
  });

  it('has no interval of one seed, and nothing of none', () => {
    const { search } = sweepTable(
      [...SWEEP, result({ group: '4', seed: 1, keys: { tau: 0.4 }, returns: [-50] })],
      LAST,
    );
    expect(search.at(-2)).toMatchObject({ group: '4', statistics: { iqm: -50, interval: null } });
    expect(search.at(-1)).toEqual({
      ...{ group: '3-0.3', keys: { tau: 0.3, agent: 'MADDPG' }, finished: 0, seeds: 1, scores: [] },
      ...{ statistics: null, teams: {}, seconds: null, steps: null },
    });
  });

  it('shows the keys that differ, and the configuration files if those do', () => {
    const table = sweepTable(SWEEP, LAST);
    expect(table.keys).toEqual(['tau']);
    expect(table.search.map(({ keys }) => keys)).toEqual([{ tau: 0.2 }, { tau: 0.1 }, { tau: 0.3 }]);
    const [one, two] = ['a.yaml', 'b.yaml'].map((file, k) => {
      const made = result({ group: String(k), seed: 1, returns: [k] });
      return { ...made, trial: { ...made.trial, configs: ['basic.yaml', file] } };
    });
    expect(sweepTable([one!, two!], LAST).search.map(({ keys }) => keys)).toEqual([
      { config: 'basic.yaml b.yaml' },
      { config: 'basic.yaml a.yaml' },
    ]);
  });

  it('has the returns of opposing teams at the evaluation that the score is of', () => {
    const trials = [1, 2].map((seed) =>
      result({
        ...{ group: 'tag', seed, returns: [5, 9, 7] },
        teams: { adversary: [10, 20, 30 * seed], agent: [-1, -2, -3] },
      }),
    );
    const last = sweepTable(trials, LAST);
    expect(last.teams).toEqual(['adversary', 'agent']);
    expect(last.search[0]!.teams['adversary']).toMatchObject({ iqm: 45, worst: 30, best: 60 });
    expect(sweepTable(trials, BEST).search[0]!.teams['agent']).toMatchObject({ iqm: -2, worst: -2 });
  });
});

describe('the order', () => {
  it('is best first, within each environment in the order of the plan', () => {
    const rows = [
      { group: '1', env_id: 'simple_tag_v3', score: 1 },
      { group: '2', env_id: 'simple_spread_v3', score: 5 },
      { group: '3', env_id: 'simple_tag_v3', score: 2 },
    ].map(({ group, env_id, score }) => result({ group, seed: 1, env_id, returns: [score] }));
    expect(sweepTable(rows, LAST).search.map(({ group }) => group)).toEqual(['3', '1', '2']);
  });

  it('ranks what halving stopped behind, further rungs first, by the scores at the last rung that all seeds reached', () => {
    const halving = { steps: [1000, 2000], keep: 0.5 };
    const stopped = (group: string, returns: readonly number[][]) =>
      returns.map((one, k) => result({ group, seed: k + 1, returns: one, finished: false }));
    const { search } = sweepTable(
      [
        ...stopped('first rung', [[90], [80, 85]]),
        ...stopped('second rung', [
          [10, 20],
          [30, 40],
        ]),
        ...[1, 2].map((seed) => result({ group: 'whole', seed, returns: [1, 2, 3] })),
      ],
      LAST,
      halving,
    );
    expect(
      search.map(({ group, statistics, steps, finished }) => [group, statistics?.iqm, steps, finished]),
    ).toEqual([
      ['whole', 3, 3000, 2],
      ['second rung', 30, 2000, 0],
      ['first rung', 85, 1000, 0],
    ]);
  });
});

describe('confirmed groups', () => {
  it('form a table of their own, of their evaluations', () => {
    const confirmed = [-5, -7].map((mean, k) =>
      result({ group: '2-0.2', seed: 101 + k, keys: { tau: 0.2 }, returns: [0], confirmed: mean }),
    );
    const table = sweepTable([...SWEEP, ...confirmed], LAST);
    expect(table.search.map(({ group }) => group)).toEqual(['2-0.2', '1-0.1', '3-0.3']);
    expect(table.confirmed).toMatchObject([
      {
        group: '2-0.2',
        finished: 2,
        seeds: 2,
        statistics: { iqm: -6, interval: [-7, -5], worst: -7, best: -5 },
      },
    ]);
  });

  it('are those that have been evaluated', () => {
    const waiting = { ...result({ group: '1-0.1', seed: 101, confirmed: 0 }), evaluation: undefined };
    expect(sweepTable([...SWEEP, waiting], LAST).confirmed).toEqual([]);
  });

  it('are scored by the team or agent of the objective', () => {
    const made = result({ group: '1', seed: 101, returns: [0], confirmed: 4 });
    const evaluation = {
      ...made.evaluation!,
      per_team: { adversary: { mean: 12, std: 1 }, agent: { mean: -4, std: 1 } },
    };
    const of = (metric: string) =>
      sweepTable([{ ...made, evaluation }], { metric, at: 'last' }).confirmed[0]!.statistics!.iqm;
    expect(of('test/team_return_mean/adversary')).toBe(12);
    expect(of('test/episode_return_mean/agent_0')).toBe(4);
    expect(of('test/episode_return_mean')).toBe(4);
  });
});
