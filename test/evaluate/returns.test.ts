import { describe, expect, it } from 'vitest';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { byTeam, recordReturns, summarize } from '../../src/evaluate/returns.ts';
import { OPPONENTS as spec } from './opponents.ts';

describe('summarize', () => {
  it('summarises overall, per team and per agent', () => {
    const summary = summarize(spec, [
      [3, 0, 6],
      [6, -3, 3],
      [0, 0, 0],
    ]);
    // Episode means over agents: 3, 2, 0.
    const std = Math.sqrt((16 / 9 + 1 / 9 + 25 / 9) / 3);
    expect(summary.episodes).toBe(3);
    expect(summary.mean).toBeCloseTo(5 / 3, 15);
    expect(summary.std).toBeCloseTo(std, 15);
    // t of 2 degrees of freedom, and the standard error from the sample standard deviation.
    const half = (4.302652729749 * Math.sqrt((16 / 9 + 1 / 9 + 25 / 9) / 2)) / Math.sqrt(3);
    expect(summary.ci95![0]).toBeCloseTo(5 / 3 - half, 10);
    expect(summary.ci95![1]).toBeCloseTo(5 / 3 + half, 10);
    expect(summary.per_agent).toEqual({
      adversary_0: { mean: 3, std: Math.sqrt(6) },
      agent_0: { mean: -1, std: Math.sqrt(2) },
      agent_1: { mean: 3, std: Math.sqrt(6) },
    });
    // Episode means over the team's two agents: 3, 0, 0.
    expect(summary.per_team).toEqual({
      adversary: { mean: 3, std: Math.sqrt(6) },
      agent: { mean: 1, std: Math.sqrt(2) },
    });
  });

  it('has no interval for one episode, and width 0 for equal episodes', () => {
    expect(summarize(spec, [[1, 2, 3]])).toMatchObject({ mean: 2, std: 0, ci95: null });
    expect(
      summarize(spec, [
        [1, 2, 3],
        [3, 2, 1],
      ]).ci95,
    ).toEqual([2, 2]);
  });
});

describe('returns of several teams', () => {
  const summary = summarize(spec, [
    [30, -10, -20],
    [10, -10, 0],
  ]);

  it('are reported per team', () => {
    const record: Record<string, number> = {};
    recordReturns(record, summary, { agents: 'test', teams: 'team' });
    expect(record).toEqual({
      ...{ 'test/adversary_0': 20, 'test/agent_0': -10, 'test/agent_1': -10 },
      ...{ 'team/adversary': 20, 'team/agent': -10 },
    });
    expect(byTeam(summary)).toBe(' (adversary 20.00, agent -10.00)');
  });

  it('are not reported per team for a single team', () => {
    const agents = spec.agents.filter(({ team }) => team === 'agent');
    const own = summarize(jointSpec(agents), [[1, 3]]);
    const record: Record<string, number> = {};
    recordReturns(record, own, { agents: 'test', teams: 'team' });
    expect(record).toEqual({ 'test/agent_0': 1, 'test/agent_1': 3 });
    expect(byTeam(own)).toBe('');
  });
});
