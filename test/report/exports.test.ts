import { describe, expect, it } from 'vitest';
import { csvOf, jsonOf, marlEvalOf } from '../../src/report/exports.ts';
import { environmentOf } from '../../src/report/groups.ts';
import { runOf } from './runs.ts';

const runs = [
  runOf('a', [1, 3], { seed: 1 }),
  runOf('b', [3, 5, 6], { seed: 2 }),
  runOf('c', [7, 8], { agent: 'say "x", y' }),
];
const baselines = { [environmentOf(runs[0]!)]: { random: { '': 0 }, scripted: { '': 8 } } };

describe('exports', () => {
  it('as CSV hold every value of runs, and interquartile means with intervals of groups', () => {
    const lines = csvOf({ runs, baselines }).trimEnd().split('\n');
    const head = 'simple_spread_v3,MADDPG';
    const metric = 'test/episode_return_mean';
    expect(lines).toEqual([
      'environment,group,run,metric,step,value,low,high,runs',
      ...[`a,${metric},100,1`, `a,${metric},200,3`].map((line) => `${head},${line},,,`),
      ...[`b,${metric},100,3`, `b,${metric},200,5`, `b,${metric},300,6`].map((line) => `${head},${line},,,`),
      `${head},,${metric},100,2,1,3,2`,
      `${head},,${metric},200,4,3,5,2`,
      `${head},,${metric},300,6,6,6,1`,
      ...[7, 8].map((y, k) => `simple_spread_v3,"say ""x"", y",c,${metric},${100 * (k + 1)},${y},,,`),
      ...[7, 8].map((y, k) => `simple_spread_v3,"say ""x"", y",,${metric},${100 * (k + 1)},${y},${y},${y},1`),
    ]);
  });

  it('as JSON hold scores, as recorded and normalised', () => {
    const { groups } = JSON.parse(jsonOf({ runs, baselines })) as { groups: Record<string, unknown>[] };
    expect(groups.map(({ group, scores }) => ({ group, scores }))[0]).toEqual({
      group: 'MADDPG',
      scores: {
        all: {
          return: { iqm: 4.5, interval: [3, 6], worst: 3, best: 6, gap: null, runs: 2 },
          normalised: {
            iqm: 0.5625,
            interval: [0.375, 0.75],
            worst: 0.375,
            best: 0.75,
            gap: 0.4375,
            runs: 2,
          },
        },
      },
    });
  });

  it('as JSON hold the keys that make a group, and those of each run', () => {
    const { groups } = JSON.parse(jsonOf({ runs, baselines })) as {
      groups: { keys: Record<string, unknown>; runs: { keys: Record<string, unknown> }[] }[];
    };
    expect(groups.map(({ keys }) => [keys['agent'], keys['gamma'], keys['seed']])).toEqual([
      ['MADDPG', 0.9, undefined],
      ['say "x", y', 0.9, undefined],
    ]);
    expect(groups.map((group) => group.runs.map(({ keys }) => keys))).toEqual([
      [{ seed: 1 }, { seed: 2 }],
      [{ seed: 1 }],
    ]);
  });

  it('for marl-eval hold the steps that all runs of an environment have', () => {
    const step = (count: number, value: number): unknown => ({ step_count: count, return: [value] });
    expect(JSON.parse(marlEvalOf({ runs: runs.slice(0, 2), baselines }))).toEqual({
      mpe: {
        simple_spread_v3: {
          MADDPG: {
            seed_1: { step_0: step(100, 1), step_1: step(200, 3), absolute_metrics: { return: [3] } },
            seed_2: { step_0: step(100, 3), step_1: step(200, 5), absolute_metrics: { return: [5] } },
          },
        },
      },
    });
    const twins = ['a', 'b'].map((sweep) => ({ ...runs[0]!, path: `${sweep}/trials/run-s1` }));
    const { mpe } = JSON.parse(marlEvalOf({ runs: twins, baselines })) as {
      mpe: { simple_spread_v3: { MADDPG: object } };
    };
    expect(Object.keys(mpe.simple_spread_v3.MADDPG)).toEqual(['a/trials/run-s1', 'b/trials/run-s1']);
    expect(() => marlEvalOf({ runs: [runs[0]!, runOf('d', [])], baselines })).toThrow(
      '--marl-eval: expected runs evaluated at the same steps, got none in common in simple_spread_v3',
    );
  });
});
