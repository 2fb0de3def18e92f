/** Runs in an environment with action masks, which throws at an illegal action. */
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../src/checkpoint/file-content.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { CustomVectorEnv } from '../../src/envs/custom/vector.ts';
import { greedyActor, noopActor, randomActor } from '../../src/evaluate/actors.ts';
import { episodeReturns } from '../../src/evaluate/play.ts';
import { LoadedPolicy } from '../../src/run/load-policy.ts';
import { TrainingSession } from '../../src/train/session.ts';
import { Doors } from '../envs/custom/doors.ts';
import { Staggered } from '../envs/custom/staggered.ts';
import { begun } from './begun.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

const TINY: Partial<Config> = {
  ...{ parallels: 2, start_training: 12, training_frequency: 2, batch_size: 4, buffer_size: 60 },
  ...{ actor_hidden_size: [4], critic_hidden_size: [4], activation_action: 'tanh', uniform_steps: 10 },
  ...{ use_parameter_sharing: 'teams', logit_regularization: 0.01 },
};

const configOf = (keys: Partial<Config>): Config => loadConfig({ flags: { ...TINY, ...keys } }).config;
const doors = (count: number): CustomVectorEnv => new CustomVectorEnv('doors', () => new Doors(), count);

function sessionOf(keys: Partial<Config>): TrainingSession {
  const config = configOf(keys);
  return begun(config, doors(config.parallels), engine);
}

const filesOf = (session: TrainingSession): Map<string, Uint8Array> =>
  new Map(Object.entries(session.files()).map(([name, content]) => [name, Buffer.concat(piecesOf(content))]));

const RUNS: Partial<Config>[] = [
  { agent: 'MADDPG' },
  { agent: 'MATD3' },
  { agent: 'IDDPG', gumbel: 'straight_through' },
  { agent: 'MADDPG', gumbel: 'soft', gumbel_temperature: 0.5 },
  { agent: 'MATD3', ensemble_size: 2, gumbel: 'straight_through' },
  { agent: 'MADDPG', infer_policies: true, use_parameter_sharing: false },
  { agent: 'MADDPG', replay: 'prioritized', n_step: 3, critic_reward: 'team', use_obsnorm: true },
];

describe('a run with action masks', () => {
  it.each(RUNS)('takes allowed actions only, and a resumed one ends with the same bytes: %o', (keys) => {
    const whole = sessionOf(keys);
    for (let t = 0; t < 60; t++) whole.advance(); // the buffer has wrapped around
    const files = new Map([...filesOf(whole)].map(([name, bytes]) => [name, bytes.slice()]));
    const counters = structuredClone(whole.counters());
    const config = configOf(keys);
    const resumed = new TrainingSession(config, doors(config.parallels), engine);
    resumed.restore(files, counters, 'checkpoint');
    expect(filesOf(resumed)).toEqual(filesOf(whole));
    for (const session of [whole, resumed]) for (let t = 0; t < 60; t++) session.advance();
    whole.checkFinite();
    expect(whole.updates).toBeGreaterThan(counters.iterations);
    expect(filesOf(resumed)).toEqual(filesOf(whole));
    expect(resumed.counters()).toEqual(whole.counters());
  });

  it('is evaluated on allowed actions, whoever plays', () => {
    const { policy } = sessionOf({ agent: 'MADDPG' });
    const env = doors(1);
    for (const actor of [
      greedyActor(policy),
      greedyActor(policy, 'target'),
      randomActor(env.spec, 1),
      noopActor(env.spec),
    ])
      expect(episodeReturns(env, actor, 40, 3)).toHaveLength(40);
  });

  it('does not continue in an environment without masks, nor the other way round', () => {
    const config = configOf({ agent: 'MADDPG', use_parameter_sharing: false });
    const session = sessionOf(config);
    session.advance();
    const unmasked = new CustomVectorEnv('doors', () => withoutMasks(), config.parallels);
    const plain = begun(config, unmasked, engine);
    plain.advance();
    const [own, other] = [filesOf(session), filesOf(plain)];
    const exchange = (
      files: Map<string, Uint8Array>,
      from: Map<string, Uint8Array>,
    ): Map<string, Uint8Array> => new Map([...files, ['replay.bin', from.get('replay.bin')!.slice()]]);
    const [unmaskedFiles, maskedFiles] = [exchange(own, other), exchange(other, own)];
    expect(() => {
      session.restore(unmaskedFiles, session.counters(), 'here');
    }).toThrow(
      'here/replay.bin: expected transitions with action masks, as the environment has, got transitions without ' +
        'action masks; resume with the environment of the run',
    );
    expect(() => {
      plain.restore(maskedFiles, plain.counters(), 'here');
    }).toThrow(
      'here/replay.bin: expected transitions without action masks, as the environment has, got transitions with ' +
        'action masks; resume with the environment of the run',
    );
  });
});

/** Doors without masks, all of which are open. */
function withoutMasks(): Doors {
  const env = new Doors();
  const [reset, step] = [env.reset.bind(env), env.step.bind(env)];
  const plain = <T extends { infos: object }>(result: T): T => {
    for (const open of Object.values(env.open)) open.fill(1);
    return { ...result, infos: Object.fromEntries(Object.keys(result.infos).map((name) => [name, {}])) };
  };
  return Object.assign(env, {
    reset: (options?: { seed?: number }) => plain(reset(options)),
    step: (actions: Parameters<Doors['step']>[0]) => plain(step(actions)),
  });
}

describe('a policy with masks', () => {
  const { policy, config } = sessionOf({ agent: 'MADDPG' });
  const { spec } = policy;
  const obs = Float32Array.of(0.2, 0, 0.2, 1, 0.2, 2);
  const scores = (mask: readonly number[]): number[] => {
    const actions = policy.act(obs, 'online', undefined, Uint8Array.from([...mask, 1, 1, 1, 1, 1]));
    return [...actions.subarray(0, 4)];
  };

  it('acts by the best allowed action: leaving out the best one by one ranks them all', () => {
    // The actor's scores for door_0 are in the order 2, 0, 3, 1, whatever it observes.
    const actor = policy.store.read('parameters', 'actor/door');
    const kept = actor.slice();
    actor.fill(0);
    actor.set([0.3, -5, 8, 0], actor.length - 4);
    policy.store.write('parameters', 'actor/door', actor);
    const ranked: number[] = [];
    const mask = [1, 1, 1, 1];
    for (let k = 0; k < 4; k++) {
      const best = scores(mask).indexOf(1);
      ranked.push(best);
      mask[best] = 0;
    }
    policy.store.write('parameters', 'actor/door', kept);
    expect(ranked).toEqual([2, 0, 3, 1]);
  });

  it('acts and samples with the same bits as without masks where all is allowed', () => {
    const ones = new Uint8Array(spec.actTotal).fill(1);
    const noise = Float32Array.from({ length: spec.actTotal }, (_, k) => Math.sin(k));
    const act = (mask?: Uint8Array): Float32Array => policy.act(obs, 'online', undefined, mask).slice();
    const sample = (mask?: Uint8Array): Float32Array => policy.sample(obs, noise, undefined, mask).slice();
    expect(act(ones)).toEqual(act());
    expect(sample(ones)).toEqual(sample());
  });

  it('gives illegal actions a probability of exactly 0', () => {
    const noise = new Float32Array(spec.actTotal);
    const soft = sessionOf({ agent: 'MADDPG', gumbel: 'soft', gumbel_temperature: 0.1 }).policy;
    const mask = Uint8Array.of(0, 1, 0, 1, 1, 0, 0, 0, 1);
    const drawn = [...soft.sample(obs, noise, undefined, mask)];
    expect([drawn[0], drawn[2]]).toEqual([0, 0]);
    expect(drawn[1]! + drawn[3]!).toBeCloseTo(1, 6);
    expect(drawn.slice(4, 8)).toEqual([1, 0, 0, 0]);
  });

  it('takes masks by agent in LoadedPolicy.act and names those that do not fit', () => {
    const loaded = new LoadedPolicy('here', 0, config, policy, engine);
    const observations = Object.fromEntries(
      spec.agents.map(({ name }, i) => [name, obs.slice(2 * i, 2 * i + 2)]),
    );
    const actWith = (actionMasks: Record<string, number[] | boolean[]>): ReturnType<typeof loaded.act> =>
      loaded.act(observations, { actionMasks });
    for (let only = 0; only < 4; only++)
      expect(actWith({ door_1: [0, 1, 2, 3].map((k) => k === only) })['door_1']).toBe(only);
    const masked = actWith({ door_1: [0, 1, 0, 0] });
    expect(masked['door_0']).toBe(loaded.act(observations)['door_0']);
    expect(() => actWith({ door_1: [0, 1] })).toThrow(
      'actionMasks.door_1: expected 4 values, one per action, got 2',
    );
    expect(() => actWith({ door_1: [0, 1, 2, 0] })).toThrow(
      'actionMasks.door_1[2]: expected 0, 1, false or true, got 2',
    );
    expect(() => actWith({ door_0: [0, 0, 0, 0] })).toThrow(
      'actionMasks.door_0: expected at least one allowed action, got none',
    );
    expect(() => actWith({ mover: [1] })).toThrow(
      'actionMasks: expected agents with discrete actions (door_0, door_1), got mover',
    );
  });
});

describe('a run without action masks', () => {
  it('stores none', () => {
    const config = configOf({ agent: 'MADDPG', use_parameter_sharing: false });
    const env = new CustomVectorEnv('staggered', () => new Staggered(), config.parallels);
    const session = begun(config, env, engine);
    for (let t = 0; t < 20; t++) session.advance();
    const text = new TextDecoder('latin1').decode(filesOf(session).get('replay.bin'));
    expect(text).toContain('cursor');
    expect(text).not.toContain('action masks');
  });
});
