/** Without ids, a team-reward critic has the same value for all agents: it is evaluated once per sample. */
import { describe, expect, it } from 'vitest';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { FastStream } from '../../src/core/random.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { createEngine } from '../../src/engine/registry.ts';
import type { Learner } from '../../src/learners/learner.ts';
import { createBatch, type Batch } from '../../src/replay/batch.ts';
import { buildLearner, buildPolicy } from '../../src/train/build.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
const spec = jointSpec(
  ['agent_0', 'agent_1', 'agent_2'].map((name) => ({
    ...{ name, team: 'agent', obsWidth: 3, actWidth: 2 },
    ...({ actionKind: 'box', actionLow: 0, actionHigh: 1 } as const),
  })),
);

/** All agents get the team reward; `terminals` and `agentMask` are for sample 0. */
function sampleOf(terminals: number[] = [0, 0, 0], agentMask: number[] = [1, 1, 1]): Batch {
  const stream = new FastStream(5, 'sample');
  const batch = createBatch(spec, 8);
  for (const array of [batch.obs, batch.obsNext]) stream.fillNormal(array, 1);
  batch.actions.forEach((_, j) => (batch.actions[j] = stream.double()));
  for (let b = 0; b < 8; b++) batch.rewards.fill(stream.normal(), 3 * b, 3 * b + 3);
  batch.agentMask.fill(1);
  batch.agentMask.set(agentMask);
  batch.terminals.set(terminals);
  return batch;
}

function learnerOf(keys: Partial<Config>): Learner {
  const flags = {
    actor_hidden_size: [4],
    critic_hidden_size: [4],
    identity_embedding_mode: 'none',
    ...keys,
  } as const;
  const { config } = loadConfig({ flags });
  return buildLearner(config, buildPolicy(config, spec, engine));
}

describe('critic_reward: team without ids', () => {
  it.each(['MADDPG', 'MATD3'] as const)('updates %s like per-agent critics with equal rewards', (agent) => {
    const [one, three] = [learnerOf({ agent, critic_reward: 'team' }), learnerOf({ agent })];
    for (let k = 0; k < 4; k++) {
      const [got, want] = [one.update(sampleOf()), three.update(sampleOf())];
      for (const [name, value] of Object.entries(want)) expect(got[name]).toBeCloseTo(value, 5);
    }
    for (const [name, { data }] of three.policy.tensors())
      data.forEach((x, k) => {
        expect(Math.abs(one.policy.tensors().get(name)!.data[k]! - x)).toBeLessThan(1e-5);
      });
  });

  it('bootstraps until all agents terminate, and counts samples with any active agent', () => {
    const loss = (...flags: Parameters<typeof sampleOf>): number =>
      learnerOf({ critic_reward: 'team' }).update(sampleOf(...flags))['loss_critic']!;
    const plain = loss();
    expect(loss([1, 1, 0])).toBe(plain);
    expect(loss([1, 1, 1])).not.toBe(plain);
    expect(loss([0, 0, 0], [0, 0, 1])).toBe(plain);
    expect(loss([0, 0, 0], [0, 0, 0])).not.toBe(plain);
    // Agents that left earlier do not keep the team's episode open.
    expect(loss([0, 1, 1], [0, 1, 1])).toBe(loss([1, 1, 1]));
  });

  it("leaves MASAC one value for each agent, whose target holds the agent's own entropy", () => {
    const [team, own] = (['team', 'agent'] as const).map((critic_reward) =>
      learnerOf({ agent: 'MASAC', critic_reward }),
    ) as [Learner, Learner];
    const stream = new FastStream(7, 'noise');
    for (let k = 0; k < 4; k++) {
      const noise = Object.fromEntries(
        ['eps_obs', 'eps_next'].map((name) => {
          const values = new Float32Array(8 * spec.actTotal);
          stream.fillNormal(values, 1);
          return [name, values];
        }),
      );
      expect(team.update(sampleOf(), noise)).toEqual(own.update(sampleOf(), noise));
    }
    expect(team.policy.tensors()).toEqual(own.policy.tensors());
  });

  it('reports TD errors to prioritized replay', () => {
    const learner = learnerOf({ critic_reward: 'team', replay: 'prioritized' });
    const weights = new Float32Array(8).fill(1);
    const loss = learner.update({ ...sampleOf(), weights })['loss_critic']!;
    const errors = new Float32Array(8);
    learner.readErrors(errors);
    expect(errors.reduce((sum, error) => sum + error * error, 0) / 8).toBeCloseTo(loss, 5);
    expect(loss).toBeGreaterThan(0.01);
  });
});
