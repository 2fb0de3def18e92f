/** Updates by sequences: what they begin with, and that burn-in steps are not learned from. */
import { describe, expect, it } from 'vitest';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import type { Learner } from '../../src/learners/learner.ts';
import type { EpisodeBatch } from '../../src/replay/batch.ts';
import {
  episodesFor,
  learnerOn,
  noiseFor,
  SMALL_LEARNER,
  type RandomLearner,
} from '../contract/random-learner.ts';

const ALGORITHMS = ['MADDPG', 'MATD3', 'IDDPG', 'ISAC', 'MASAC'] as const;
const LAYERS = { fc: [4], layers: 2, width: 5 };
const SEQUENCES: RandomLearner = {
  ...SMALL_LEARNER,
  ...{ recurrent: { ...LAYERS, cell: 'LSTM' }, steps: 4, burnIn: 2 },
};
const engine = new ReferenceEngine();

/** A fresh learner after one update, and what that said. */
function updated(
  random: RandomLearner,
  sample: EpisodeBatch,
): { learner: Learner; info: Record<string, number> } {
  const learner = learnerOn(engine, random);
  const burnIn = sample.before && (sample.before.burnIn?.steps ?? 0);
  return { learner, info: learner.update(sample, noiseFor(learner, { ...random, burnIn }, 0)) };
}

const sampleOf = (random: RandomLearner): EpisodeBatch => episodesFor(learnerOn(engine, random), random, 0);

/** Slots of episodes [from, from + count), [B, count, .], of an array with so many slots. */
function slots(array: Float32Array, all: number, from: number, count: number): Float32Array {
  const width = array.length / SEQUENCES.batchSize / all;
  return Float32Array.from({ length: SEQUENCES.batchSize * count * width }, (_, k) => {
    const sample = Math.floor(k / (count * width));
    return array[sample * all * width + from * width + (k % (count * width))]!;
  });
}

describe.each(ALGORITHMS)('an update of %s', (agent) => {
  it.each(['GRU', 'LSTM'] as const)(
    'by sequences from zero states is that by episodes, with a %s',
    (cell) => {
      const random = { ...SEQUENCES, agent, burnIn: 0, recurrent: { ...LAYERS, cell } };
      const { before, ...episodes } = sampleOf(random);
      for (const state of Object.values(before!.states)) state.fill(0);
      const [a, b] = [updated(random, { ...episodes, before: before! }), updated(random, episodes)];
      expect(a.learner.policy.tensors()).toEqual(b.learner.policy.tensors());
      expect(a.info).toEqual(b.info);
    },
  );

  it.each(['GRU', 'LSTM'] as const)(
    'by sequences that start with zeros is that by stored zeros, with a %s',
    (cell) => {
      const random = { ...SEQUENCES, agent, recurrent: { ...LAYERS, cell } };
      const sample = sampleOf(random);
      sample.before!.burnIn!.present.fill(1);
      for (const state of Object.values(sample.before!.states)) state.fill(0);
      const unstored = { ...sample, before: { ...sample.before!, states: {} } };
      const [a, b] = [updated(random, sample), updated({ ...random, stored: false }, unstored)];
      expect(a.learner.policy.tensors()).toEqual(b.learner.policy.tensors());
      expect(a.info).toEqual(b.info);
    },
  );

  it('does not depend on what stands before sequences that begin their episode', () => {
    const random = { ...SEQUENCES, agent };
    const { before, ...episodes } = sampleOf(random);
    before!.burnIn!.present.fill(0);
    const [a, b] = [updated(random, { ...episodes, before: before! }), updated(random, episodes)];
    expect(a.learner.policy.tensors()).toEqual(b.learner.policy.tensors());
  });

  it.each(['GRU', 'LSTM'] as const)(
    'begins with the states to which the acting policy comes by hand, a constant, with a %s',
    (cell) => {
      const recurrent = { ...LAYERS, cell, critics: 'feed_forward' as const };
      const random = { ...SEQUENCES, agent, recurrent };
      const sample = sampleOf(random);
      const { states, burnIn } = sample.before!;
      burnIn!.present.fill(1);
      const { policy } = learnerOn(engine, random);
      const moved = policy.states(random.batchSize);
      for (const { name, values } of moved.all) values.set(states[name]!);
      for (let t = 0; t < burnIn!.steps; t++)
        policy.act(slots(burnIn!.obs, burnIn!.steps, t, 1), 'online', undefined, undefined, moved);
      const byHand = { ...sample, before: { states: moved.arrays() } };
      const [a, b] = [updated(random, sample), updated(random, byHand)];
      expect(a.learner.gradients()).toEqual(b.learner.gradients());
      expect(a.learner.policy.tensors()).toEqual(b.learner.policy.tensors());
      // And these matter.
      const other = updated(random, { ...sample, before: { states } });
      expect(other.learner.policy.tensors()).not.toEqual(b.learner.policy.tensors());
    },
  );

  it('has critics that enter the burn-in with zeros, and no loss there', () => {
    // Whole episodes of 2 + 4 steps whose first two do not count have the same values behind them.
    const whole = { ...SEQUENCES, agent, steps: 6, burnIn: undefined };
    const episodes = sampleOf(whole);
    // Targets would differ in the actions before the sequence: replayed ones here, the target actors' there.
    episodes.terminals.fill(1);
    const n = SEQUENCES.agents;
    episodes.agentMask.forEach((_, k) => {
      if (Math.floor(k / n) % 6 < 2) episodes.agentMask[k] = 0;
    });
    const learner = learnerOn(engine, whole);
    const states = Object.entries(learner.policy.states(whole.batchSize).arrays());
    const part = (array: Float32Array): Float32Array => slots(array, 6, 2, 4);
    const sequences: EpisodeBatch = {
      ...{ size: whole.batchSize, steps: 4, obs: slots(episodes.obs, 7, 2, 5) },
      ...{ actions: part(episodes.actions), rewards: part(episodes.rewards) },
      ...{ terminals: part(episodes.terminals), agentMask: part(episodes.agentMask) },
      before: {
        states: Object.fromEntries(states),
        burnIn: {
          steps: 2,
          obs: slots(episodes.obs, 7, 0, 2),
          actions: slots(episodes.actions, 6, 0, 2),
          present: new Float32Array(whole.batchSize).fill(1),
        },
      },
    };
    const got = updated({ ...SEQUENCES, agent }, sequences).info['loss_critic']!;
    const want = updated(whole, episodes).info['loss_critic']!;
    expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-6 * want);
    // Without the burn-in, it would be another one.
    const { states: zeros } = sequences.before!;
    const cold = updated({ ...SEQUENCES, agent }, { ...sequences, before: { states: zeros } });
    expect(Math.abs(cold.info['loss_critic']! - want)).toBeGreaterThan(1e-5 * want);
  });
});

describe('a sample of sequences', () => {
  it('needs all its arrays', () => {
    const { before, ...episodes } = sampleOf(SEQUENCES);
    const { obs, ...rest } = before!.burnIn!;
    const faulty = { ...episodes, before: { ...before!, burnIn: { ...rest, obs: obs.subarray(1) } } };
    expect(() => updated(SEQUENCES, faulty)).toThrow(
      `update: burnIn/obs: expected 5 x 24 numbers, got ${5 * 24 - 1}`,
    );
    expect(() => updated(SEQUENCES, { ...episodes, before: { states: {} } })).toThrow(
      /^update: state\/shared\/0: expected 5 x 15 numbers, got none$/,
    );
  });
});
