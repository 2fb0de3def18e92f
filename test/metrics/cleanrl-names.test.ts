import { expect, it } from 'vitest';
import { cleanRlName } from '../../src/metrics/cleanrl-names.ts';

it.each([
  ['train/episode_return', 'charts/episodic_return'],
  ['train/episode_return/agent_0', 'charts/episodic_return/agent_0'],
  ['test/episode_return_mean', 'eval/episodic_return'],
  ['learner/loss_critic', 'losses/qf_loss'],
  ['learner/adversary/loss_critic', 'losses/qf_loss/adversary'],
  ['learner/predictQ_B', 'losses/qf2_values'],
  ['speed/env_steps_per_second', 'charts/SPS'],
])('%s is %s', (name, expected) => {
  expect(cleanRlName(name)).toBe(expected);
});

it.each(['test/q_bias', 'learner/grad_norm_actor', 'learner/agent/q_policy', 'train/team_return/agent', 'x'])(
  '%s keeps its name',
  (name) => {
    expect(cleanRlName(name)).toBe(name);
  },
);
