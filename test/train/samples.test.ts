/**
 * What the learner of a session is given, against the transitions that its environments made: recorded beside the session,
 * told apart by their observations, and put through the definitions here.
 */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { composed } from '../../src/core/symmetry.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import type { Batch } from '../../src/replay/batch.ts';
import type { TrainingSession } from '../../src/train/session.ts';
import { begun } from './begun.ts';

const E = 3;
const N = 3;
const GAMMA = 0.9;
const BATCH = 16;
const RUNNING_STEPS = 600;

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

interface Transition {
  /** Its row in a replay buffer that is not full. */
  readonly row: number;
  readonly obs: readonly number[];
  readonly actions: readonly number[];
  readonly obsNext: readonly number[];
  /** Rounded to float32, as they are stored. */
  readonly rewards: readonly number[];
  readonly ended: boolean;
}

interface Sample extends Omit<Transition, 'row' | 'ended'> {
  readonly terminals: readonly number[];
  readonly discount: number;
  readonly weight: number | undefined;
}

interface Update {
  /** Steps of the session when it was made. */
  readonly step: number;
  readonly samples: readonly Sample[];
  /** Transitions that there were. */
  readonly transitions: readonly Transition[];
  /** How far the critics were off on each sample. */
  readonly errors: Float32Array;
}

const rowOf = (array: ArrayLike<number>, k: number, rows: number): number[] =>
  Array.from(array).slice((k * array.length) / rows, ((k + 1) * array.length) / rows);

/** The updates of a session of episodes of five steps, in which every agent earns for itself. */
function updatesOf(keys: Partial<Config>): { updates: Update[]; session: TrainingSession } {
  const { config } = loadConfig({
    flags: {
      ...{ actor_hidden_size: [4], critic_hidden_size: [4], lr_schedule: 'constant', batch_size: BATCH },
      ...{ parallels: E, training_frequency: E, start_training: 30, running_steps: RUNNING_STEPS },
      ...{ buffer_size: RUNNING_STEPS, gamma: GAMMA, env_options: { N, local_ratio: 1, max_cycles: 5 } },
      ...keys,
    },
  });
  const env = makeVectorEnv(config.env_id, { ...config.env_options, continuous_actions: true }, E);
  const transitions: Transition[] = [];
  const step = env.step.bind(env);
  env.step = (actions) => {
    const obs = env.obs.slice();
    step(actions);
    for (let e = 0; e < E; e++)
      transitions.push({
        row: transitions.length,
        obs: rowOf(obs, e, E),
        actions: rowOf(actions, e, E),
        obsNext: rowOf(env.nextObs, e, E),
        rewards: rowOf(env.rewards, e, E).map(Math.fround),
        ended: env.ended[e] === 1,
      });
  };
  const session = begun(config, env, engine);
  let given: Sample[] = [];
  const update = session.learner.update.bind(session.learner);
  session.learner.update = (samples, noise) => {
    const [batch] = samples as [Batch];
    given = Array.from({ length: batch.size }, (_, b) => ({
      obs: rowOf(batch.obs, b, batch.size),
      actions: rowOf(batch.actions, b, batch.size),
      obsNext: rowOf(batch.obsNext, b, batch.size),
      rewards: rowOf(batch.rewards, b, batch.size),
      terminals: rowOf(batch.terminals, b, batch.size),
      discount: batch.discounts![b]!,
      weight: batch.weights?.[b],
    }));
    return update(samples, noise);
  };
  const updates: Update[] = [];
  while (updates.length < 12) {
    const { step: before, updates: made } = session;
    session.advance();
    if (session.updates === made) continue;
    const errors = new Float32Array(BATCH);
    if (config.replay === 'prioritized') session.learner.readErrors(errors);
    updates.push({ step: before, samples: given, transitions: [...transitions], errors });
  }
  return { updates, session };
}

/** The transition that begins with a sample's observation. */
function originOf(sample: Sample, transitions: readonly Transition[]): Transition {
  const found = transitions.filter(({ obs }) => obs.every((x, c) => x === sample.obs[c]));
  expect(found).toHaveLength(1);
  return found[0]!;
}

/** The n transitions of its environment that begin with one, or fewer where its episode or the record ends. */
function windowOf(first: Transition, n: number, transitions: readonly Transition[]): Transition[] {
  const window = [first];
  for (let last = first; window.length < n && !last.ended; window.push(last)) {
    const next = transitions[last.row + E];
    if (!next) break;
    last = next;
  }
  return window;
}

describe('the samples of a session', () => {
  it.each([1, 3])('with n_step %d sum the rewards of that many steps, or to the end of the episode', (n) => {
    const lengths = new Set<number>();
    for (const { samples, transitions } of updatesOf({ n_step: n }).updates)
      for (const sample of samples) {
        const window = windowOf(originOf(sample, transitions), n, transitions);
        lengths.add(window.length);
        for (let i = 0; i < N; i++) {
          const sum = window.reduce((s, { rewards }, k) => s + GAMMA ** k * rewards[i]!, 0);
          expect(sample.rewards[i]).toBeCloseTo(sum, 6);
        }
        // The end of an episode of five steps is a time limit: the value of what follows counts.
        expect(sample.discount).toBe(Math.fround(GAMMA ** window.length));
        expect(sample.terminals).toEqual([0, 0, 0]);
        expect(sample.actions).toEqual(window[0]!.actions);
        expect(sample.obsNext).toEqual(window.at(-1)!.obsNext);
      }
    expect([...lengths].sort()).toEqual(n === 1 ? [1] : [1, 2, 3]);
  });

  it.each(['agent', 'team'] as const)('with critic_reward %s hold those rewards', (critic_reward) => {
    let unequal = 0;
    for (const { samples, transitions } of updatesOf({ critic_reward }).updates)
      for (const sample of samples) {
        const { rewards } = originOf(sample, transitions);
        const mean = rewards.reduce((sum, r) => sum + r, 0) / N;
        sample.rewards.forEach((reward, i) => {
          expect(reward).toBeCloseTo(critic_reward === 'team' ? mean : rewards[i]!, 6);
        });
        if (new Set(rewards).size > 1) unequal++;
      }
    expect(unequal).toBeGreaterThan(10);
  });

  it('with augmentation symmetries are images of transitions under the symmetries that the environment declares', () => {
    const { updates, session } = updatesOf({ augmentation: 'symmetries' });
    const [factor, ...factors] = session.rollout.env.symmetries!()!;
    const group = factors.reduce(
      (all, others) => all.flatMap((first) => others.map((second) => composed(first, second))),
      factor!,
    );
    const seen = new Set<number>();
    for (const { samples, transitions } of updates)
      for (const sample of samples) {
        const images = transitions.flatMap(({ obs, obsNext, actions, rewards }) =>
          group.flatMap(({ obsFrom, obsSign, actFrom, agentFrom }, g) => {
            const same =
              equalPermuted(sample.rewards, rewards, agentFrom) &&
              equalPermuted(sample.obs, obs, obsFrom, obsSign) &&
              equalPermuted(sample.obsNext, obsNext, obsFrom, obsSign) &&
              equalPermuted(sample.actions, actions, actFrom);
            return same ? [g] : [];
          }),
        );
        expect(images).toHaveLength(1);
        seen.add(images[0]!);
      }
    // 192 draws from the group.
    expect(group).toHaveLength(288);
    expect(seen.size).toBeGreaterThan(100);
  });

  it.each([
    { priority_alpha: 0.6, priority_beta: 0.4 },
    { priority_alpha: 0.3, priority_beta: 0.9 },
  ])('with replay prioritized are drawn and weighed by the errors of the critics, with %o', (keys) => {
    const { priority_alpha: alpha, priority_beta } = keys;
    const priorities: number[] = [];
    let largest = 1;
    let smallestWeight = 1;
    for (const { step, samples, transitions, errors } of updatesOf({ replay: 'prioritized', ...keys })
      .updates) {
      while (priorities.length < transitions.length) priorities.push(largest);
      const beta = priority_beta + (1 - priority_beta) * (step / RUNNING_STEPS);
      const drawn = samples.map((sample) => originOf(sample, transitions).row);
      const least = Math.min(...drawn.map((row) => priorities[row]!));
      const total = priorities.reduce((sum, p) => sum + p, 0);
      drawn.forEach((row, b) => {
        expect(samples[b]!.weight).toBeCloseTo((least / priorities[row]!) ** beta, 6);
        smallestWeight = Math.min(smallestWeight, samples[b]!.weight!);
        // Sample b is of the b-th of equal parts of the sum of priorities.
        const before = priorities.slice(0, row).reduce((sum, p) => sum + p, 0);
        expect(before / total).toBeLessThan((b + 1) / BATCH + 1e-9);
        expect((before + priorities[row]!) / total).toBeGreaterThan(b / BATCH - 1e-9);
      });
      drawn.forEach((row, b) => (priorities[row] = (errors[b]! + 1e-6) ** alpha));
      largest = Math.max(largest, ...drawn.map((row) => priorities[row]!));
    }
    expect(smallestWeight).toBeLessThan(0.8);
  });
});

/** Whether got[c] = sign[c] of[from[c]] for all c. */
function equalPermuted(
  got: readonly number[],
  of: readonly number[],
  from: Int32Array,
  sign?: ArrayLike<number>,
): boolean {
  return got.every((x, c) => x === (sign?.[c] ?? 1) * of[from[c]!]!);
}
