/** In the actor loss of MASAC, teams whose algorithm draws no actions act as replayed (docs/algorithms.md). */
import { describe, expect, it } from 'vitest';
import { sampleOf, unlike } from '../library/small.ts';
import type { LearnerMAS, SequenceSample, UpdateInfo } from '../../src/index.ts';

const T = 2;

/** One episode of T steps: the mouse does `act`. */
function episodeOf(act: number): SequenceSample {
  const each = (value: number): number[][][] => [Array.from({ length: T }, () => [value, value])];
  return {
    obs: [Float32Array.from({ length: (T + 1) * 7 }, (_, k) => Math.sin(k))],
    actions: [Array.from({ length: T }, () => [0.2, 0.7, act])],
    ...{ rewards: each(0), terminals: each(0), agent_mask: each(1), filled: [[1, 1]] },
  };
}

function updated(learner: LearnerMAS, act: number): UpdateInfo {
  if (learner.policy.options.recurrent) return learner.update_rnn(episodeOf(act));
  const sample = sampleOf(learner);
  return learner.update({ ...sample, actions: sample.actions.map((row) => [row[0] as number[], [act]]) });
}

/** loss_actor of the cat, where critics hardly learn, for a replayed action of the mouse and its target actor's weights. */
async function lossOf(keys: object, act: number, target: number): Promise<number> {
  const agent = { cat: 'MASAC', mouse: 'MADDPG' } as const;
  const learner = await unlike({ agent, learning_rate_critic: 1e-30, ...keys });
  const tensors = learner.policy.tensors();
  for (const [name, { data }] of tensors) if (name.startsWith('target_actor/mouse')) data.fill(target);
  learner.policy.load(tensors);
  return updated(learner, act)['cat/loss_actor']!;
}

describe.each([
  { use_rnn: false },
  { use_rnn: true, fc_hidden_sizes: [3], recurrent_hidden_size: 3, episode_length: T },
])('the actor loss of MASAC beside MADDPG, with %j', (keys) => {
  it("follows the other team's replayed actions", async () => {
    expect(await lossOf(keys, 0, 0.1)).not.toBeCloseTo(await lossOf(keys, 1, 0.1), 3);
  });

  it("does not follow the other team's target actor", async () => {
    expect(await lossOf(keys, 0, 0.1)).toBe(await lossOf(keys, 0, 1.5));
  });
});
