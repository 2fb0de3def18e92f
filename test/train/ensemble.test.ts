/** Runs with policy ensembles: acting, learning, evaluation and resuming. Sizes are tiny. */
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../src/checkpoint/file-content.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import { buildPolicy } from '../../src/train/build.ts';
import { greedyActor } from '../../src/evaluate/actors.ts';
import { episodeReturns } from '../../src/evaluate/play.ts';
import { LoadedPolicy } from '../../src/run/load-policy.ts';
import type { TrainingSession } from '../../src/train/session.ts';
import { begun } from './begun.ts';
import { unmoved } from './unmoved.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

const TINY: Partial<Config> = {
  ...{ parallels: 2, start_training: 12, training_frequency: 2, batch_size: 4, buffer_size: 100 },
  ...{ actor_hidden_size: [4], critic_hidden_size: [4], env_options: { max_cycles: 5 } },
  ...{ ensemble_size: 2, use_parameter_sharing: false },
};

function configOf(keys: Partial<Config>): Config {
  return loadConfig({ flags: { ...TINY, ...keys } }).config;
}

function sessionOf(keys: Partial<Config> = {}): TrainingSession {
  const config = configOf(keys);
  const options = { ...config.env_options, continuous_actions: config.continuous_action };
  const env = makeVectorEnv(config.env_id, options, config.parallels);
  return begun(config, env, engine);
}

function trained(keys: Partial<Config>, updates = 6): TrainingSession {
  const session = sessionOf(keys);
  for (let k = 0; session.updates < updates && k < 200; k++) session.advance();
  session.checkFinite();
  return session;
}

const filesOf = (session: TrainingSession): Map<string, Uint8Array> =>
  new Map(Object.entries(session.files()).map(([name, content]) => [name, Buffer.concat(piecesOf(content))]));

describe('training an ensemble', () => {
  const tasks = ['simple_spread_v3', 'simple_adversary_v3'] as const;

  it.each(
    tasks.flatMap((env_id) =>
      (['MADDPG', 'MATD3', 'IDDPG'] as const).flatMap((agent) =>
        [true, false].map((continuous_action) => ({ env_id, agent, continuous_action })),
      ),
    ),
  )('moves every sub-policy in turn on $env_id with $agent, continuous_action $continuous_action', (keys) => {
    const session = trained({ ...keys, ensemble_size: 3 }, 12);
    expect(session.updates).toBe(12);
    const before = sessionOf({ ...keys, ensemble_size: 3 }).policy.tensors();
    expect(unmoved(before, session.policy.tensors())).toEqual([]);
    expect(Object.values(session.lastInfo!).filter((value) => !Number.isFinite(value))).toEqual([]);
    const { optimizer } = session.learner;
    const steps = [0, 1, 2].map((k) => optimizer.get(`actor_${k}/agent_0`)!.steps);
    expect(steps).toEqual(keys.agent === 'MATD3' ? [2, 2, 2] : [4, 4, 4]);
  });

  it('trains sub-policies that act differently, also with shared parameters', () => {
    for (const use_parameter_sharing of [false, true]) {
      const { policy } = trained({ use_parameter_sharing });
      const obs = new Float32Array(policy.spec.obsTotal).fill(0.5);
      const groups = policy.groups.length;
      const [first, second] = [0, 1].map((k) => [
        ...policy.act(obs, 'online', new Uint8Array(groups).fill(k)),
      ]);
      expect(first!.length).toBe(15);
      first!.forEach((x, c) => {
        expect(x).not.toBe(second![c]);
      });
    }
  });

  it('acts with the sub-policies cast in each environment', () => {
    const { policy } = trained({});
    const { obsTotal, actTotal, actOffsets } = policy.spec;
    const obs = new Float32Array(2 * obsTotal).map((_, k) => Math.sin(k));
    const all = (k: number): number[] => [...policy.act(obs, 'online', new Uint8Array(6).fill(k))];
    const [zeros, ones] = [all(0), all(1)];
    const mixed = policy.act(obs, 'online', Uint8Array.of(0, 1, 1, 1, 0, 1));
    const from = (e: number, agent: number): number => e * actTotal + actOffsets[agent]!;
    const players = [
      [zeros, ones, ones],
      [ones, zeros, ones],
    ];
    players.forEach((row, e) => {
      row.forEach((source, agent) => {
        const at = from(e, agent);
        expect([...mixed.slice(at, at + 5)]).toEqual(source.slice(at, at + 5));
      });
    });
    expect([...policy.act(obs)]).toEqual(zeros);
  });

  it('recasts at the end of an episode only', () => {
    const { rollout } = sessionOf({ parallels: 8, buffer_size: 160 });
    const seen = new Set<string>();
    let before = [...rollout.players!];
    for (let step = 1; step <= 40; step++) {
      rollout.step(0);
      const now = [...rollout.players!];
      if (step % 5 !== 0) expect(now).toEqual(before);
      else expect(now).not.toEqual(before);
      for (let e = 0; e < 8; e++) seen.add(now.slice(3 * e, 3 * e + 3).join(''));
      before = now;
    }
    expect(seen.size).toBe(8);
  });

  it('skips and counts updates until the sub-policy to train has played', () => {
    // One environment with 5-step episodes: at first, not all 3 sub-policies have played.
    const session = sessionOf({
      ...{ parallels: 1, start_training: 0, training_frequency: 1, ensemble_size: 3 },
    });
    for (let k = 0; k < 60; k++) session.advance();
    expect(session.skippedUpdates).toBeGreaterThan(4);
    expect(session.updates).toBe(60 - session.skippedUpdates);
    expect(session.updates).toBeGreaterThan(0);
    expect(session.counters().skipped_updates).toBe(session.skippedUpdates);
  });

  it.each([{ agent: 'MADDPG' }, { agent: 'MATD3', continuous_action: false }] satisfies Partial<Config>[])(
    'continues from a snapshot bit for bit with %o',
    (keys) => {
      const whole = trained(keys);
      const second = sessionOf(keys);
      second.restore(filesOf(whole), structuredClone(whole.counters()), 'here');
      expect(second.rollout.players).toEqual(whole.rollout.players);
      for (const session of [whole, second]) for (let k = 0; k < 12; k++) session.advance();
      expect(second.updates).toBeGreaterThan(6);
      expect(filesOf(second)).toEqual(filesOf(whole));
      expect(second.counters()).toEqual(whole.counters());
    },
  );
});

describe('ensemble_size: 1', () => {
  it('equals a single policy in networks, files and samples', () => {
    const session = trained({ ensemble_size: 1 });
    expect(session.policy.ensemble).toBeUndefined();
    expect([...session.policy.networks.keys()].filter((name) => name.includes('actor'))).toEqual(
      ['', 'target_'].flatMap((prefix) => [0, 1, 2].map((i) => `${prefix}actor/agent_${i}`)),
    );
    expect(session.rollout.players).toBeUndefined();
    const batches = session.learner.batches(4);
    expect(batches.length).toBe(1);
    expect([batches[0]!.marks, batches[0]!.playedBy]).toEqual([undefined, undefined]);
  });
});

describe('evaluating an ensemble', () => {
  const config = configOf({ ensemble_size: 3 });
  const env = makeVectorEnv('simple_spread_v3', { continuous_actions: true, max_cycles: 5 }, 1);
  const policy = buildPolicy(config, env.spec, engine);

  it('casts one sub-policy per group and episode, by the evaluation seed', () => {
    const played = (seed: number): string[] => {
      const players = new Uint8Array(3);
      const greedy = greedyActor(policy, 'online', players);
      const seen: string[] = [];
      const actor = Object.assign(
        (obs: Float32Array, actions: Float32Array) => {
          greedy(obs, actions);
          seen.push(players.join(''));
        },
        { beginEpisode: greedy.beginEpisode! },
      );
      episodeReturns(env, actor, 40, seed);
      return seen;
    };
    const once = played(3);
    expect(once.length).toBe(200);
    const episodes = Array.from({ length: 40 }, (_, k) => once.slice(5 * k, 5 * k + 5));
    for (const episode of episodes) expect(new Set(episode).size).toBe(1);
    for (const g of [0, 1, 2])
      expect([...new Set(episodes.map(([players]) => players![g]))].sort()).toEqual(['0', '1', '2']);
    expect(played(3)).toEqual(once);
    expect(played(4)).not.toEqual(once);
  });

  it('is reproducible with a used actor', () => {
    const actor = greedyActor(policy);
    const once = episodeReturns(env, actor, 3, 1);
    episodeReturns(env, actor, 4, 2);
    expect(episodeReturns(env, actor, 3, 1)).toEqual(once);
  });

  it('acts with the selected sub-policy, by default the first', () => {
    const loaded = new LoadedPolicy('here', 0, config, policy, engine);
    const { agents } = policy.spec;
    const obs = Object.fromEntries(agents.map(({ name }) => [name, new Float32Array(18).fill(0.3)]));
    const [first, second] = [loaded.act(obs, { subPolicy: 0 }), loaded.act(obs, { subPolicy: 1 })];
    expect(loaded.act(obs)).toEqual(first);
    expect(second['agent_0']).not.toEqual(first['agent_0']);
    expect(loaded.act(obs, { subPolicy: { agent_1: 1 } })).toEqual({
      ...first,
      agent_1: second['agent_1'],
    });
    expect(() => loaded.act(obs, { subPolicy: 3 })).toThrow(
      'subPolicy: expected a whole number from 0 to 2 (ensemble_size 3), got 3',
    );
    expect(() => loaded.act(obs, { subPolicy: { agent_7: 1 } })).toThrow(
      'subPolicy: expected groups of agent_0, agent_1, agent_2, got agent_7',
    );
  });
});
