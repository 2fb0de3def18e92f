import { describe, expect, it } from 'vitest';
import { dropoutRates } from '../../src/learners/noise.ts';
import { EXACT_ENGINES, REFERENCE } from '../contract/engines.ts';
import {
  learnerOn,
  noiseFor,
  sampleFor,
  SMALL_LEARNER,
  type RandomLearner,
} from '../contract/random-learner.ts';

const HALF: RandomLearner = {
  ...SMALL_LEARNER,
  ...{ agents: 2, batchSize: 8, actorHidden: [6, 4], criticHidden: [7], dropout: 0.5 },
};
const NONE = { ...HALF, dropout: 0 };

describe.each([REFERENCE, EXACT_ENGINES[0]!])('dropout on $name', ({ create }) => {
  it('draws a new mask for each use of each hidden layer of online networks', async () => {
    const learner = learnerOn(await create(), HALF);
    const masks = learner.noise(HALF.batchSize).map(({ name, draw, values }) => {
      expect(draw).toEqual({ name: 'dropout', rate: 0.5 });
      return [name, values.length];
    });
    // Critic on the sample's actions, actor, critic on its actions; 16 rows.
    expect(masks).toEqual([
      ['dropout/0/critic/shared/0', 16 * 7],
      ['dropout/1/actor/shared/0', 16 * 6],
      ['dropout/2/actor/shared/1', 16 * 4],
      ['dropout/3/critic/shared/0', 16 * 7],
    ]);
  });

  it('changes updates, but not if all units are kept', async () => {
    const engine = await create();
    const updated = (random: RandomLearner, mask?: number) => {
      const learner = learnerOn(engine, random);
      const noise = noiseFor(learner, random, 0);
      if (mask !== undefined) for (const values of Object.values(noise)) values.fill(mask);
      const info = learner.update(sampleFor(learner, random, 0), noise);
      return { info, parameters: learner.policy.tensors() };
    };
    expect(updated(HALF, 1)).toEqual(updated(NONE));
    expect(updated(HALF).info['loss_critic']).not.toEqual(updated(NONE).info['loss_critic']);
    // With all hidden units dropped, only the last layer's bias is left: Q is constant.
    const { info } = updated(HALF, 0);
    expect(info['predictQ']).toBe(0);
    engine.dispose();
  });

  it('is inactive when acting', async () => {
    const engine = await create();
    const [dropped, whole] = [learnerOn(engine, HALF), learnerOn(engine, NONE)];
    const { obs } = sampleFor(whole, HALF, 0);
    for (const actor of ['online', 'target'] as const) {
      const want = whole.policy.act(obs, actor).slice();
      expect(dropped.policy.act(obs, actor)).toEqual(want);
    }
    engine.dispose();
  });

  it('rejects missing masks', async () => {
    const learner = learnerOn(await create(), HALF);
    expect(() => learner.update(sampleFor(learner, HALF, 0))).toThrow(
      'update: expected 112 numbers of noise dropout/0/critic/shared/0, got none',
    );
  });
});

describe('dropoutRates', () => {
  it('apply to online networks only', () => {
    const networks = ['actor/a', 'critic/a', 'target_actor/a', 'target_critic/a'];
    expect([...dropoutRates(networks, 0.25)]).toEqual([
      ['actor/a', 0.25],
      ['critic/a', 0.25],
    ]);
    expect(dropoutRates(networks, 0)).toEqual(new Map());
  });
});
