/** Action masks in updates, computed by hand: linear networks that see nothing but their bias and the action. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { createEngine } from '../../src/engine/registry.ts';
import type { Learner, UpdateInfo } from '../../src/learners/learner.ts';
import { createBatch, type Batch } from '../../src/replay/batch.ts';
import { buildLearner, buildPolicy } from '../../src/train/build.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
const space = { obsWidth: 1, actWidth: 3, actionKind: 'discrete', actionLow: 0, actionHigh: 1 } as const;
const spec = jointSpec([{ name: 'agent_0', team: 'agent', ...space }]);

/** The actors prefer 0 to 1 to 2 by scores 3, 2, 1; critics say 10, 20 and 40 of the three. */
function learnerOf(keys: Partial<Config>): Learner {
  const { config } = loadConfig({
    flags: {
      ...{ agent: 'MADDPG', update_order: 'actor_first', gamma: 0.5, use_grad_clip: false },
      ...{
        actor_hidden_size: [],
        critic_hidden_size: [],
        gumbel: 'straight_through',
        logit_regularization: 0,
      },
      ...keys,
    },
  });
  const policy = buildPolicy(config, spec, engine);
  for (const name of policy.networks.keys())
    policy.store.write(
      'parameters',
      name,
      Float32Array.from(name.includes('actor') ? [0, 0, 0, 3, 2, 1] : [0, 10, 20, 40, 0]),
    );
  return buildLearner(config, policy);
}

/** One transition in which action 2 was taken for a reward of 1. */
function transition(masks: Pick<Batch, 'actionMask' | 'actionMaskNext'>): Batch {
  const batch = { ...createBatch(spec, 1), ...masks };
  batch.actions.set([0, 0, 1]);
  batch.rewards.fill(1);
  batch.agentMask.fill(1);
  return batch;
}

function masked(now: readonly number[], next: readonly number[], keys: Partial<Config> = {}): UpdateInfo {
  const learner = learnerOf(keys);
  const noise = { gumbel_obs: new Float32Array(3), gumbel_next: new Float32Array(3) };
  const batch = transition({
    actionMask: Float32Array.from(now),
    actionMaskNext: Float32Array.from(next),
  });
  return learner.update(batch, noise);
}

describe.each(['MADDPG', 'IDDPG'] as const)('the update of %s with action masks', (agent) => {
  it('takes the next value of the best allowed action', () => {
    // y = 1 + 0.5 Q'(a'), and Q of the action taken is 40.
    for (const [next, q] of [
      [[1, 1, 1], 10],
      [[0, 1, 1], 20],
      [[0, 0, 1], 40],
      [[1, 0, 1], 10],
    ] as const)
      expect(masked([1, 1, 1], next, { agent })['loss_critic']).toBeCloseTo((40 - (1 + 0.5 * q)) ** 2, 3);
  });

  it('draws relaxed next actions among the allowed ones', () => {
    const p = Math.E / (1 + Math.E); // softmax of the scores 2 and 1
    const next = p * 20 + (1 - p) * 40;
    const { loss_critic } = masked([1, 1, 1], [0, 1, 1], { agent, gumbel: 'soft' });
    expect(loss_critic).toBeCloseTo((40 - (1 + 0.5 * next)) ** 2, 2);
  });

  it('draws fresh actions among the allowed ones', () => {
    expect(masked([1, 1, 1], [1, 1, 1], { agent })['loss_actor']).toBeCloseTo(-10, 5);
    expect(masked([0, 1, 1], [1, 1, 1], { agent })['loss_actor']).toBeCloseTo(-20, 5);
    expect(masked([0, 0, 1], [1, 1, 1], { agent })['loss_actor']).toBeCloseTo(-40, 5);
  });

  it('regularizes the scores of allowed actions only', () => {
    const lossOf = (mask: readonly number[]): number =>
      masked(mask, mask, { agent, logit_regularization: 2 })['loss_actor']!;
    expect(lossOf([1, 1, 1])).toBeCloseTo(-10 + (2 * (9 + 4 + 1)) / 3, 4);
    expect(lossOf([0, 1, 1])).toBeCloseTo(-20 + (2 * (4 + 1)) / 2, 4);
  });

  it('gives no gradient to the scores of illegal actions', () => {
    const learner = learnerOf({ agent, gumbel: 'soft', logit_regularization: 1 });
    const masks = { actionMask: Float32Array.of(1, 0, 1), actionMaskNext: Float32Array.of(1, 1, 1) };
    const noise = { gumbel_obs: new Float32Array(3), gumbel_next: new Float32Array(3) };
    learner.update(transition(masks), noise);
    const bias = [...learner.gradients().get('actor/shared')!.slice(3)];
    expect(bias[1]).toBe(0);
    expect(bias[0]).not.toBe(0);
    expect(bias[2]).not.toBe(0);
  });

  it('has the bits of one without masks where all is allowed', () => {
    for (const gumbel of ['soft', 'straight_through'] as const) {
      const [one, other] = [learnerOf({ agent, gumbel }), learnerOf({ agent, gumbel })];
      const noise = {
        gumbel_obs: Float32Array.of(0.3, -1, 2),
        ...(gumbel === 'soft' && { gumbel_next: Float32Array.of(1, 0.1, -0.7) }),
      };
      const ones = { actionMask: Float32Array.of(1, 1, 1), actionMaskNext: Float32Array.of(1, 1, 1) };
      expect(one.update(transition(ones), noise)).toEqual(other.update(transition({}), noise));
      expect(one.policy.tensors()).toEqual(other.policy.tensors());
    }
  });
});

it('a sample with one mask alone is refused', () => {
  const batch = transition({ actionMask: Float32Array.of(1, 1, 1) });
  expect(() => learnerOf({}).update(batch, { gumbel_obs: new Float32Array(3) })).toThrow(
    'update: actionMaskNext: expected 1 x 3 numbers, got none',
  );
});
