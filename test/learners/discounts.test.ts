import { describe, expect, it } from 'vitest';
import type { TensorMap } from '../../src/core/tensor-map.ts';
import { createEngine } from '../../src/engine/registry.ts';
import type { Learner, UpdateInfo } from '../../src/learners/learner.ts';
import type { Batch } from '../../src/replay/batch.ts';
import { learnerOn, noiseFor, sampleFor, SMALL_LEARNER } from '../contract/random-learner.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

describe.each(['MADDPG', 'MATD3', 'IDDPG', 'ISAC', 'MASAC'] as const)('sample discounts of %s', (agent) => {
  const random = { ...SMALL_LEARNER, agent };
  /** A sample without discounts. */
  const plain = (learner: Learner): Batch => {
    const { size, obs, actions, obsNext, rewards, terminals, agentMask } = sampleFor(learner, random, 0);
    return { size, obs, actions, obsNext, rewards, terminals, agentMask };
  };
  const outcome = (change: (sample: Batch) => Batch): [UpdateInfo, TensorMap] => {
    const learner = learnerOn(engine, random);
    const info = learner.update(change(plain(learner)), noiseFor(learner, random, 0));
    return [info, learner.policy.tensors()];
  };
  const discounted = (by: number) => (sample: Batch) => ({
    ...sample,
    discounts: new Float32Array(sample.size).fill(by),
  });

  it('default to gamma, bit for bit', () => {
    expect(outcome((sample) => sample)).toEqual(outcome(discounted(0.95)));
  });

  it('scale the bootstrap value: 0 equals termination of all agents', () => {
    const ended = outcome((sample) => ({ ...sample, terminals: sample.terminals.slice().fill(1) }));
    expect(outcome(discounted(0))).toEqual(ended);
    expect(outcome(discounted(0.5))).not.toEqual(ended);
  });

  it('do not leak into the next sample', () => {
    const learner = learnerOn(engine, random);
    const sample = plain(learner);
    const noise = noiseFor(learner, random, 0);
    const engineArrays = learner.batch(sample.size);
    expect([...engineArrays.discounts]).toEqual(Array<number>(5).fill(Math.fround(0.95)));
    learner.update(discounted(0.25)(sample), noise);
    expect([...engineArrays.discounts]).toEqual(Array<number>(5).fill(0.25));
    learner.update(sample, noise);
    learner.update(sample, noise);
    learner.update(sample, noise);
    expect([...engineArrays.discounts]).toEqual(Array<number>(5).fill(Math.fround(0.95)));
  });
});
