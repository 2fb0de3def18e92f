import { describe, expect, it } from 'vitest';
import { measuredOf, metricBases, metricKey, parseMetric } from '../../src/report/metric-names.ts';
import { runOf } from './runs.ts';

describe('the name of a metric', () => {
  it.each([
    ['learner/loss_actor', 'learner/loss_actor', ''],
    ['learner/guide/loss_actor', 'learner/loss_actor', 'guide'],
    ['test/q_bias/guide', 'test/q_bias', 'guide'],
    ['test/episode_return_mean/agent_0', 'test/episode_return_mean', 'agent_0'],
    ['test/team_return_mean/prey', 'test/episode_return_mean', 'team prey'],
    ['train/team_return/prey', 'train/episode_return', 'team prey'],
    ['replay/age', 'replay/age', ''],
  ])('%s is %s of "%s"', (key, base, who) => {
    expect(parseMetric(key)).toEqual({ base, who });
  });

  it('of groups with own networks is one metric, of each group', () => {
    const run = runOf('a', [1]);
    const losses = ['guide', 'visitor'].map((group): [string, Float64Array] => [
      `learner/${group}/loss_actor`,
      Float64Array.of(1),
    ]);
    const runs = [{ ...run, metrics: { ...run.metrics, ...Object.fromEntries(losses) } }];
    expect(metricBases(runs)).toEqual(['test/episode_return_mean', 'learner/loss_actor']);
    expect(measuredOf(runs, 'learner/loss_actor')).toEqual(['guide', 'visitor']);
    expect(metricKey(runs, { base: 'learner/loss_actor', who: 'visitor' })).toBe(
      'learner/visitor/loss_actor',
    );
  });
});
