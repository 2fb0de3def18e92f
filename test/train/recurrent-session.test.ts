/** Training sessions of recurrent policies: when they learn and from what, what they remember, and exact resume. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../src/checkpoint/file-content.ts';
import type { Config } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { FastStream } from '../../src/core/random.ts';
import { UserError } from '../../src/core/user-error.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { CustomVectorEnv } from '../../src/envs/custom/vector.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import { sidesOf } from '../../src/envs/sides.ts';
import type { VectorEnv } from '../../src/envs/vector-env.ts';
import { greedyActor, type Actor } from '../../src/evaluate/actors.ts';
import { playGames } from '../../src/evaluate/games.ts';
import { episodeReturns, playEpisodes } from '../../src/evaluate/play.ts';
import { trainedSide } from '../../src/player/record.ts';
import { Recorder } from '../../src/player/recorder.ts';
import type { RecurrentStates } from '../../src/policy/recurrent-states.ts';
import { Rollout } from '../../src/rollout/rollout.ts';
import { LoadedPolicy } from '../../src/run/load-policy.ts';
import { requireSameRun } from '../../src/run/resume.ts';
import { buildLearner, buildPolicy, rolloutOptions } from '../../src/train/build.ts';
import { EvaluationWatch } from '../../src/train/evaluation-watch.ts';
import { TrainingSession } from '../../src/train/session.ts';
import { begun } from './begun.ts';
import { differing } from './differing.ts';
import { firings } from './firings.ts';
import { uneven } from './uneven.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

const SMALL: Partial<Config> = {
  ...{ agent: 'MADDPG', use_rnn: true, fc_hidden_sizes: [4], recurrent_hidden_size: 3 },
  ...{ actor_hidden_size: [4], critic_hidden_size: [4], batch_size: 4, buffer_size: 6, parallels: 4 },
  ...{ running_steps: 4000, start_training: 20, lr_schedule: 'constant' },
};

/** Of 5-step episodes of simple_spread. */
function ofSpread(keys: Partial<Config> = {}): { config: Config; env: VectorEnv } {
  const { config } = loadConfig({ flags: { ...SMALL, env_options: { max_cycles: 5 }, ...keys } });
  const options = { ...config.env_options, continuous_actions: config.continuous_action };
  return { config, env: makeVectorEnv('simple_spread_v3', options, config.parallels) };
}

/** Of episodes of 2, 3 and 4 steps. */
function ofUneven(keys: Partial<Config> = {}): { config: Config; env: VectorEnv } {
  const flags = { ...SMALL, env_name: 'custom', env_id: 'x.js', episode_length: 4, ...keys } as const;
  const { config } = loadConfig({ flags });
  return { config, env: new CustomVectorEnv('uneven', uneven, config.parallels) };
}

const sessionOf = ({ config, env }: { config: Config; env: VectorEnv }): TrainingSession =>
  begun(config, env, engine);

describe('a recurrent policy learns', () => {
  it('after each round of episodes, from the one on that reaches start_training', () => {
    // A round of 4 x 5 steps ends with the vector steps that start at 16, 36, 56 ...
    expect(firings(sessionOf(ofSpread()), 80)).toEqual([
      [16, 1],
      [36, 1],
      [56, 1],
      [76, 1],
    ]);
    expect(firings(sessionOf(ofSpread({ start_training: 21, n_epochs: 3 })), 60)).toEqual([
      [36, 3],
      [56, 3],
    ]);
  });

  it('whatever training_frequency and train_per_step say', () => {
    const keys = { training_frequency: 7, train_per_step: false };
    expect(firings(sessionOf(ofSpread(keys)), 60)).toEqual(firings(sessionOf(ofSpread()), 60));
  });

  it('whenever as many episodes have ended as there are environments', () => {
    // Environments 0, 1 and 2 begin with episodes of 3, 4 and 2 steps: they end after vector steps
    // 3, 7, 9 ..., 4, 6, 9 ... and 2, 5, 9 ...; so rounds of three end after 4, 7 and 9.
    const session = sessionOf(ofUneven({ parallels: 3, start_training: 0 }));
    expect(firings(session, 30)).toEqual([
      [9, 1],
      [18, 1],
      [24, 1],
    ]);
  });

  it.each(['MADDPG', 'MASAC'] as const)(
    '%s: from whole episodes, masked behind their end, as the learner by itself does',
    (agent) => {
      const { config, env } = ofUneven({ agent, parallels: 2, start_training: 30 });
      const session = sessionOf({ config, env });
      const { obsTotal: so, actTotal: sa, agents } = env.spec;
      const [n, steps] = [agents.length, config.episode_length];
      // What happened, by environment, and the episodes in order of their ends.
      type Taken = Record<'obs' | 'actions' | 'rewards' | 'terminals' | 'agentMask', number[]>;
      const running = (): Taken => ({ obs: [], actions: [], rewards: [], terminals: [], agentMask: [] });
      const open = [running(), running()];
      const ended: Taken[] = [];
      while (session.updates === 0) {
        const obs = env.obs.slice();
        session.advance();
        open.forEach((episode, e) => {
          const of = (array: ArrayLike<number>, width: number): number[] =>
            Array.from({ length: width }, (_, c) => array[e * width + c]!);
          episode.obs.push(...of(obs, so));
          episode.actions.push(...of(session.rollout.actions, sa));
          episode.rewards.push(...of(env.rewards, n));
          episode.terminals.push(...of(env.terminals, n));
          episode.agentMask.push(...of(env.agentMask, n));
          if (env.ended[e] === 0) return;
          episode.obs.push(...of(env.nextObs, so));
          ended.push(episode);
          open[e] = running();
        });
      }
      expect(new Set(ended.map(({ agentMask }) => agentMask.length))).toEqual(new Set([4, 6, 8]));
      // The ring keeps the last six.
      const ring = Array.from(
        { length: 6 },
        (_, row) => ended[row + 6 * Math.floor((ended.length - 1 - row) / 6)]!,
      );
      const learner = buildLearner(config, buildPolicy(config, env.spec, engine));
      const indices = new FastStream(config.seed, 'replay');
      const noise = new FastStream(config.seed, 'updates');
      const drawn = Array.from({ length: config.batch_size }, () => ring[indices.below(6)]!);
      // Anything goes behind the end, but for MASAC's temperature.
      const rest = agent === 'MASAC' ? 0 : 7;
      const padded = (name: keyof Taken, width: number, slots = steps): Float32Array =>
        Float32Array.from(
          drawn.flatMap((episode) => {
            const own = episode[name];
            const fill = name === 'agentMask' ? 0 : rest;
            return [...own, ...new Array<number>(slots * width - own.length).fill(fill)];
          }),
        );
      const draws = learner.noise(config.batch_size, false, steps).map(({ name, values }) => {
        noise.fillNormal(values, 1);
        return [name, values] as const;
      });
      learner.update(
        {
          ...{ size: config.batch_size, steps },
          obs: padded('obs', so, steps + 1),
          actions: padded('actions', sa),
          rewards: padded('rewards', n),
          terminals: padded('terminals', n),
          agentMask: padded('agentMask', n),
        },
        Object.fromEntries(draws),
      );
      expect(session.policy.tensors()).toEqual(learner.policy.tensors());
    },
  );
});

describe('sequences', () => {
  it.each(['MADDPG', 'MASAC'] as const)('of %s as long as episodes train as these do', (agent) => {
    const [whole, sequences] = [{}, { sequence_length: 4 }].map((keys) =>
      sessionOf(ofUneven({ agent, recurrent_critics: true, ...keys })),
    ) as [TrainingSession, TrainingSession];
    for (const session of [whole, sequences]) for (let t = 0; t < 30; t++) session.advance();
    expect(whole.updates).toBeGreaterThan(5);
    expect(sequences.policy.tensors()).toEqual(whole.policy.tensors());
    expect(sequences.counters()).toEqual(whole.counters());
  });

  it('shorter than episodes train otherwise, on finite numbers', () => {
    const [whole, sequences] = [{}, { sequence_length: 2, burn_in: 1, use_obsnorm: true }].map((keys) =>
      sessionOf(ofUneven(keys)),
    ) as [TrainingSession, TrainingSession];
    for (const session of [whole, sequences]) for (let t = 0; t < 30; t++) session.advance();
    sequences.checkFinite();
    expect(sequences.updates).toBe(whole.updates);
    expect(sequences.policy.tensors()).not.toEqual(whole.policy.tensors());
  });
});

describe("XuanCe's files of its master branch with use_rnn", () => {
  it.each(['maddpg', 'matd3', 'iddpg', 'isac'])('%s/simple_spread_v3 trains', async (name) => {
    const file = fileURLToPath(
      new URL(`../config/fixtures/master/${name}/simple_spread_v3.yaml`, import.meta.url),
    );
    const small = ['parallels=2', 'buffer_size=4', 'batch_size=2', 'start_training=0'];
    const { config } = loadConfig({ file, sets: ['use_rnn=True', 'representation=Basic_RNN', ...small] });
    const wasm = await createEngine({ engine: 'wasm', device: 'cpu', threads: 1 });
    const env = makeVectorEnv(config.env_id, { continuous_actions: true }, config.parallels);
    const session = begun(config, env, wasm);
    expect(firings(session, 100)).toEqual([
      [48, 1],
      [98, 1],
    ]);
    session.checkFinite();
    wasm.dispose();
  });
});

describe('rollout', () => {
  it('acts by what each environment has shown of its episode, and forgets at its end', () => {
    const { config, env } = ofUneven({ start_noise: 0, end_noise: 0, start_training: 4000 });
    const session = sessionOf({ config, env });
    const { policy, rollout } = session;
    const states = policy.states(config.parallels);
    let forgotten = 0;
    for (let t = 0; t < 12; t++) {
      const obs = env.obs.slice();
      session.advance();
      expect(rollout.actions, `step ${t}`).toEqual(policy.act(obs, 'online', undefined, undefined, states));
      env.ended.forEach((ended, e) => {
        if (ended === 0) return;
        states.reset(e);
        forgotten += 1;
      });
    }
    expect(forgotten).toBe(15);
    expect(rollout.states).toEqual(states);
  });

  it('shows the replay the states in front of each step', () => {
    const { config, env } = ofUneven({ start_training: 4000, uniform_steps: 16 });
    const policy = buildPolicy(config, env.spec, engine);
    const states = policy.states(config.parallels);
    let steps = 0;
    const replay = {
      keepStates: (kept: RecurrentStates['all']) => {
        expect(kept, `step ${steps}`).toEqual(states.all);
        policy.act(env.obs.slice(), 'online', undefined, undefined, states);
      },
      store: () => {
        env.ended.forEach((ended, e) => {
          if (ended === 1) states.reset(e);
        });
        steps += 1;
      },
    };
    const rollout = new Rollout(env, policy, replay, rolloutOptions(config));
    env.reset([0, 1, 2, 3]);
    for (let t = 0; t < 12; t++) rollout.step(4 * t);
    expect(steps).toBe(12);
  });

  it('remembers steps with uniform actions', () => {
    const { config, env } = ofUneven({ start_training: 4000, uniform_steps: 4000 });
    const session = sessionOf({ config, env });
    const states = session.policy.states(config.parallels);
    session.policy.act(env.obs.slice(), 'online', undefined, undefined, states);
    session.advance();
    expect(session.rollout.states).toEqual(states);
  });
});

describe('greedy play', () => {
  it('remembers an episode, and nothing of the one before', () => {
    const { config, env } = ofUneven({ parallels: 2 });
    const policy = buildPolicy(config, env.spec, engine);
    const one = new CustomVectorEnv('uneven', uneven, 1);
    const inARow = episodeReturns(one, greedyActor(policy), 4, 0);
    // Episodes have 2, 3, 4 and 2 steps: the fourth is the first again.
    expect(inARow[3]).toEqual(inARow[0]);
    const forgetful = (episodes: number): number[][] => {
      const greedy = greedyActor(policy);
      const stream = new FastStream(1, 'test');
      const actor: Actor = (obs, actions) => {
        greedy.beginEpisode!(stream);
        greedy(obs, actions);
      };
      return episodeReturns(one, actor, episodes, 0);
    };
    expect(forgetful(3)[2]).not.toEqual(inARow[2]);
  });

  it('in several environments at once keeps their episodes apart', () => {
    const { config, env } = ofUneven({ parallels: 2 });
    const policy = buildPolicy(config, env.spec, engine);
    const player = {
      name: 'self',
      actor: (rows: number) => greedyActor(policy, 'online', new Uint8Array(rows * policy.groups.length)),
    };
    const sides = sidesOf(env);
    const game = sides.map(() => player);
    const games = playGames(env, sides, [game, game], 0);
    const ended = Array.from({ length: 9 }, () => games.next().value).flat();
    const one = new CustomVectorEnv('uneven', uneven, 1);
    const alone = episodeReturns(one, greedyActor(policy), 3, 0);
    for (const g of [0, 1])
      expect(ended.filter((episode) => episode.game === g).map(({ returns }) => returns)).toEqual(alone);
  });

  it('is what a loaded policy does with the state that the caller keeps', () => {
    const { config, env } = ofUneven({ parallels: 1 });
    const policy = buildPolicy(config, env.spec, engine);
    const loaded = new LoadedPolicy('here', 0, config, policy, engine);
    const greedy = loaded.actorFor(1);
    const state = loaded.initialState();
    const joint = new Float32Array(2);
    env.reset([2]);
    for (let t = 0; t < 4; t++) {
      const [a, b] = [env.obs.slice(0, 2), env.obs.slice(2, 4)];
      const actions = loaded.act({ a, b }, { state });
      greedy(env.obs, joint);
      expect(actions).toEqual({ a: joint.slice(0, 1), b: joint.slice(1, 2) });
      env.step(joint);
    }
    state.reset(0);
    expect(state).toEqual(loaded.initialState());
    const obs = { a: new Float32Array(2), b: new Float32Array(2) };
    const advice = 'make one with initialState() where an episode begins';
    expect(() => loaded.act(obs)).toThrow(
      new UserError(`state: expected that of an episode of this recurrent policy, got none; ${advice}`),
    );
    expect(() => loaded.act(obs, { state: policy.states(2) })).toThrow(
      new UserError(`state: expected that of an episode of this recurrent policy, got another's; ${advice}`),
    );
  });

  it('of unequal episodes is recorded with the Q that an evaluation measures', () => {
    const { config } = ofUneven();
    const one = new CustomVectorEnv('uneven', uneven, 1);
    const loaded = new LoadedPolicy('here', 0, config, buildPolicy(config, one.spec, engine), engine);
    const watch = new EvaluationWatch(config, loaded.policy, one);
    const recorder = new Recorder(one, watch.actor, 0, trainedSide(loaded).values);
    const played = playEpisodes(one, recorder.actor, 0);
    watch.begin();
    for (let t = 0; t < 9; t++) {
      played.next();
      watch.stepped();
    }
    const values = recorder.episodes.flatMap(({ steps }) => steps.flatMap((step) => step.values as number[]));
    expect(values).toHaveLength(18);
    const { 'test/q_mean': q, 'test/episode_length': length } = watch.metrics();
    expect(length).toBe(3);
    expect(q).toBeCloseTo(values.reduce((sum, x) => sum + x, 0) / 18, 6);
  });
});

describe('a resumed session', () => {
  const bytes = (session: TrainingSession): Map<string, Uint8Array> =>
    new Map(
      Object.entries(session.files()).map(([name, content]) => [name, Buffer.concat(piecesOf(content))]),
    );

  it.each<Partial<Config>>([
    { agent: 'MADDPG', rnn: 'GRU', use_obsnorm: true },
    { agent: 'MATD3', rnn: 'LSTM', use_parameter_sharing: false, critic_reward: 'team' },
    { agent: 'IDDPG', N_recurrent_layers: 2, dropout: 0.25 },
    { agent: 'MASAC', rnn: 'LSTM', recurrent_critics: false },
    { agent: 'ISAC', use_parameter_sharing: false },
    { agent: 'MADDPG', rnn: 'LSTM', sequence_length: 2, burn_in: 1, use_obsnorm: true },
    { agent: 'MASAC', N_recurrent_layers: 2, sequence_length: 2, use_parameter_sharing: false },
    { agent: 'MADDPG', sequence_length: 2, sequence_start: 'zeros', burn_in: 1 },
  ])('continues bit for bit in the middle of episodes: %j', (keys) => {
    for (const at of [3, 14]) {
      const whole = sessionOf(ofUneven(keys));
      const resumed = ofUneven(keys);
      for (let t = 0; t < at; t++) whole.advance();
      const session = new TrainingSession(resumed.config, resumed.env, engine);
      session.restore(bytes(whole), whole.counters(), 'run');
      for (const one of [whole, session]) for (let t = at; t < 25; t++) one.advance();
      expect(whole.updates).toBeGreaterThan(4);
      expect(differing(session.files(), whole.files())).toEqual([]);
      expect(session.counters()).toEqual(whole.counters());
    }
  });

  it.each<Partial<Config>>([{ continuous_action: false }, { augmentation: 'symmetries' }])(
    'continues bit for bit in simple_spread: %j',
    (keys) => {
      const whole = sessionOf(ofSpread(keys));
      for (let t = 0; t < 13; t++) whole.advance();
      const { config, env } = ofSpread(keys);
      const session = new TrainingSession(config, env, engine);
      session.restore(bytes(whole), whole.counters(), 'run');
      for (const one of [whole, session]) for (let t = 0; t < 13; t++) one.advance();
      expect([whole.updates, differing(session.files(), whole.files())]).toEqual([5, []]);
    },
  );

  it('is not changed by looking for numbers that are not finite', () => {
    const [looked, whole] = [sessionOf(ofUneven()), sessionOf(ofUneven())];
    for (let t = 0; t < 15; t++) {
      looked.checkFinite();
      for (const one of [looked, whole]) one.advance();
    }
    expect(differing(looked.files(), whole.files())).toEqual([]);
  });

  it('keeps its recurrent networks', () => {
    const { config } = ofUneven();
    expect(() => {
      requireSameRun(config, { ...config, rnn: 'LSTM' }, 'run');
    }).toThrow(new UserError('rnn: expected "GRU", as in run, got "LSTM"; restore it, or start a new run'));
  });

  it('refuses the replay buffer of transitions', () => {
    const plain = ofUneven({ use_rnn: false, buffer_size: 8 });
    const transitions = sessionOf(plain);
    const { config, env } = ofUneven();
    const session = new TrainingSession(config, env, engine);
    const whole = sessionOf(ofUneven());
    const files = bytes(whole).set('replay.bin', bytes(transitions).get('replay.bin')!);
    expect(() => {
      session.restore(files, whole.counters(), 'run');
    }).toThrow("run/replay.bin: expected section 'layout' with 6 elements, got 5");
  });
});
