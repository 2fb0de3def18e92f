import { describe, expect, it } from 'vitest';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { FastStream } from '../../src/core/random.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { createBatch } from '../../src/replay/batch.ts';
import { buildLearner, buildPolicy } from '../../src/train/build.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
const space = { obsWidth: 2, actWidth: 1, actionKind: 'box', actionLow: 0, actionHigh: 1 } as const;
const spec = jointSpec([{ name: 'agent_0', team: 'agent', ...space }]);

/**
 * Loss and bias gradient of a linear critic that outputs 0, on terminal transitions: the error is the negative
 * reward.
 */
function update(rewards: readonly number[]): { loss: number; bias: number } {
  const { config } = loadConfig({ flags: { critic_hidden_size: [] } });
  const policy = buildPolicy(config, spec, engine);
  policy.store.write('parameters', 'critic/shared', new Float32Array(4));
  const learner = buildLearner(config, policy);
  const batch = createBatch(spec, rewards.length);
  new FastStream(1, 'obs').fillNormal(batch.obs, 1);
  batch.rewards.set(rewards);
  batch.terminals.fill(1);
  batch.agentMask.fill(1);
  const info = learner.update(batch);
  return { loss: info['loss_critic']!, bias: learner.gradients().get('critic/shared')!.at(-1)! };
}

const REWARDS = [0.5, -1, 3, -8];

describe('the critic loss', () => {
  it('is the mean of squares, with a gradient of twice the error', () => {
    const { loss, bias } = update(REWARDS);
    expect(loss).toBeCloseTo((0.25 + 1 + 9 + 64) / 4, 5);
    expect(bias).toBeCloseTo((2 * (-0.5 + 1 - 3 + 8)) / 4, 5);
  });
});
