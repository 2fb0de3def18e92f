import { describe, expect, it } from 'vitest';
import { EXACT_ENGINES, REFERENCE } from '../contract/engines.ts';
import {
  learnerOn,
  noiseFor,
  sampleFor,
  SMALL_LEARNER,
  type RandomLearner,
} from '../contract/random-learner.ts';

const PLAIN: RandomLearner = {
  ...SMALL_LEARNER,
  ...{ agent: 'MATD3', agents: 2, actorHidden: [6], criticHidden: [7], clip: true, weightDecay: 0 },
};

describe.each([REFERENCE, EXACT_ENGINES[0]!])('weight decay on $name', ({ create }) => {
  it("adds weight_decay times the parameters to Adam's gradient, after clipping", async () => {
    const engine = await create();
    const first = (weightDecay: number) => {
      const random = { ...PLAIN, weightDecay };
      const learner = learnerOn(engine, random);
      const parameters = learner.policy.tensors();
      learner.update(sampleFor(learner, random, 0), noiseFor(learner, random, 0));
      return { parameters, gradients: learner.gradients(), moments: learner.policy.tensors('exp_avg') };
    };
    const [without, decayed] = [first(0), first(0.5)];
    expect(decayed.gradients).toEqual(without.gradients);
    for (const [name, { data }] of without.moments) {
      const p = without.parameters.get(name)!.data;
      const trained = name.startsWith('critic'); // MATD3's first update trains only the critics
      // After one step from zero moments: m = (1 - 0.9) (g + 0.5 p).
      decayed.moments.get(name)!.data.forEach((m, k) => {
        expect(m).toBeCloseTo(data[k]! + (trained ? 0.1 * 0.5 * p[k]! : 0), 7);
      });
    }
    engine.dispose();
  });
});
