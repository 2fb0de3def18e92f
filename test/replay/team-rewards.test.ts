import { describe, expect, it } from 'vitest';
import { jointSpec, teamOf, type JointSpec } from '../../src/core/joint-spec.ts';
import { createBatch } from '../../src/replay/batch.ts';
import { ReplayBuffer } from '../../src/replay/replay-buffer.ts';
import { TeamRewards } from '../../src/replay/team-rewards.ts';

const specOf = (...names: string[]): JointSpec =>
  jointSpec(
    names.map((name) => ({
      name,
      team: teamOf(name),
      obsWidth: 1,
      actWidth: 1,
      actionKind: 'box' as const,
      actionLow: 0,
      actionHigh: 1,
    })),
  );

describe('TeamRewards', () => {
  it("averages over each agent's team, per environment", () => {
    const spec = specOf('adversary_0', 'agent_0', 'adversary_1', 'agent_1', 'adversary_2', 'judge');
    const teams = new TeamRewards(spec);
    const rewards = Float64Array.of(1, 10, 2, 30, 6, 7, -3, 0, 0, -8, 0, 5);
    expect([...teams.means(rewards)]).toEqual([3, 20, 3, 20, 3, 7, -1, -4, -1, -4, -1, 5]);
    expect([...rewards]).toEqual([1, 10, 2, 30, 6, 7, -3, 0, 0, -8, 0, 5]);
  });

  it('is applied by the replay buffer before n-step returns', () => {
    const spec = specOf('agent_0', 'agent_1');
    const sample = (rewards: 'agent' | 'team'): number[] => {
      const buffer = new ReplayBuffer(spec, {
        capacity: 4,
        parallels: 1,
        rewards,
        nStep: { steps: 2, gamma: 0.5 },
      });
      const zeros = new Float32Array(2);
      const flags = [Uint8Array.of(0, 0), Uint8Array.of(1, 1), Uint8Array.of(0)] as const;
      for (const earned of [Float64Array.of(4, 0), Float64Array.of(0, 16)])
        buffer.store(zeros, zeros, earned, zeros, ...flags);
      const batch = { ...createBatch(spec, 1), discounts: new Float32Array(1) };
      buffer.sample({ below: () => 0 }, 1, batch);
      return [...batch.rewards];
    };
    expect(sample('agent')).toEqual([4, 8]);
    expect(sample('team')).toEqual([2 + 8 / 2, 2 + 8 / 2]);
  });
});
