import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../src/checkpoint/file-content.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { EnvironmentFailure } from '../../src/envs/errors.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import type { VectorEnv } from '../../src/envs/vector-env.ts';
import { NotFiniteError, type TrainingSession } from '../../src/train/session.ts';
import { begun } from './begun.ts';
import { differing } from './differing.ts';
import { firings } from './firings.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

function sessionOf(keys: Partial<Config>, prepare?: (env: VectorEnv) => void): TrainingSession {
  const { config } = loadConfig({
    flags: {
      actor_hidden_size: [4],
      critic_hidden_size: [4],
      batch_size: 4,
      buffer_size: 1600,
      running_steps: 4000,
      lr_schedule: 'constant',
      ...keys,
    },
  });
  const env = makeVectorEnv(
    config.env_id,
    { ...config.env_options, continuous_actions: true },
    config.parallels,
  );
  prepare?.(env);
  return begun(config, env, engine);
}

describe('the update schedule', () => {
  it('updates if the step count before a vector step is a multiple of training_frequency', () => {
    expect(firings(sessionOf({ parallels: 16, training_frequency: 25, start_training: 1000 }), 2400)).toEqual(
      [
        [1200, 1],
        [1600, 1],
        [2000, 1],
      ],
    );
  });

  it('includes start_training itself, even 0', () => {
    expect(firings(sessionOf({ parallels: 4, training_frequency: 6, start_training: 24 }), 60)).toEqual([
      [24, 1],
      [36, 1],
      [48, 1],
    ]);
    expect(firings(sessionOf({ parallels: 4, training_frequency: 8, start_training: 0 }), 20)).toEqual([
      [0, 1],
      [8, 1],
      [16, 1],
    ]);
  });

  it('runs n_epochs updates each time', () => {
    expect(
      firings(sessionOf({ parallels: 4, training_frequency: 4, start_training: 40, n_epochs: 3 }), 48),
    ).toEqual([
      [40, 3],
      [44, 3],
    ]);
  });

  it('pauses between two updates on request, and goes on from there', () => {
    const keys = { parallels: 4, training_frequency: 4, start_training: 20, n_epochs: 3 };
    const [whole, paused] = [sessionOf(keys), sessionOf(keys)];
    while (whole.step < 28) whole.advance();
    const seen: [step: number, updates: number, due: number][] = [];
    while (paused.step < 28) {
      paused.advance(() => true);
      seen.push([paused.step, paused.updates, paused.updatesDue]);
    }
    expect(seen.slice(4)).toEqual([
      [20, 0, 0],
      [20, 1, 2],
      [20, 2, 1],
      [24, 3, 0],
      [24, 4, 2],
      [24, 5, 1],
      [28, 6, 0],
    ]);
    expect(paused.files()).toEqual(whole.files());
    expect(paused.counters()).toEqual(whole.counters());
  });

  it('counts rounds of episodes with train_per_step false', () => {
    // 5-step episodes in 4 environments: a round ends with every fifth vector step, which starts at 16 + 20 k.
    const rounds = { parallels: 4, train_per_step: false, env_options: { max_cycles: 5 } };
    expect(firings(sessionOf({ ...rounds, training_frequency: 1, start_training: 0 }), 80)).toEqual([
      [16, 1],
      [36, 1],
      [56, 1],
      [76, 1],
    ]);
    expect(firings(sessionOf({ ...rounds, training_frequency: 2, start_training: 0 }), 80)).toEqual([
      [36, 1],
      [76, 1],
    ]);
    expect(
      firings(sessionOf({ ...rounds, training_frequency: 1, start_training: 40, n_epochs: 2 }), 80),
    ).toEqual([
      [56, 2],
      [76, 2],
    ]);
  });
});

describe('TrainingSession', () => {
  const QUICK = { parallels: 4, training_frequency: 4, start_training: 20 };

  it('counts steps of all environments and never exceeds running_steps', () => {
    const session = sessionOf({ ...QUICK, parallels: 16, buffer_size: 160, running_steps: 100 });
    while (!session.finished) session.advance();
    expect(session.step).toBe(96);
  });

  it('starts environment e from env_seed + e', () => {
    const obs = (keys: Partial<Config>): number[][] => {
      const { env } = sessionOf({ ...QUICK, ...keys }).rollout;
      const width = env.spec.obsTotal;
      return Array.from({ length: env.count }, (_, e) => [...env.obs.slice(e * width, (e + 1) * width)]);
    };
    const [first, second, third] = obs({ env_seed: 5, parallels: 4 });
    expect(first).not.toEqual(second);
    expect(obs({ env_seed: 6, parallels: 2 })).toEqual([second, third]);
  });

  it('depends on its seeds only', () => {
    const weights = (keys: Partial<Config>): ReturnType<TrainingSession['files']>[string] => {
      const session = sessionOf({ ...QUICK, ...keys });
      while (session.step < 80) session.advance();
      expect(session.updates).toBe(15);
      return session.files()['weights.safetensors']!;
    };
    const once = weights({ seed: 3, env_seed: 4 });
    expect(weights({ seed: 3, env_seed: 4 })).toEqual(once);
    expect(weights({ seed: 2, env_seed: 4 })).not.toEqual(once);
    expect(weights({ seed: 3, env_seed: 5 })).not.toEqual(once);
  });

  it.each([
    ['per step', { lr_schedule: 'linear' }],
    ['on 3-step returns', { n_step: 3 }],
    ['on augmented samples', { augmentation: 'symmetries' }],
    ['on prioritised samples', { replay: 'prioritized', buffer_size: 80 }],
    ['through layer normalisation and dropout', { normalize: 'LayerNorm', dropout: 0.5 }],
    [
      'per round of episodes',
      { train_per_step: false, training_frequency: 1, env_options: { max_cycles: 3 } },
    ],
    ['on normalised observations', { use_obsnorm: true, env_options: { max_cycles: 7 } }],
  ] satisfies [string, Partial<Config>][])(
    'continues bit for bit from files and counters, with updates %s',
    (_, keys) => {
      const whole = sessionOf({ ...QUICK, ...keys });
      for (let t = 0; t < 17; t++) whole.advance();
      expect(whole.updates).toBeGreaterThan(0);
      const files = new Map(
        Object.entries(whole.files()).map(([name, content]) => [name, Buffer.concat(piecesOf(content))]),
      );
      const counters = structuredClone(whole.counters());

      const resumed = sessionOf({ ...QUICK, ...keys });
      resumed.restore(files, counters, 'checkpoint');
      expect(differing(resumed.files(), whole.files())).toEqual([]);
      expect(resumed.counters()).toEqual(whole.counters());
      for (const session of [whole, resumed]) for (let t = 0; t < 20; t++) session.advance();
      expect(resumed.updates).toBeGreaterThan(counters.iterations);
      expect(differing(resumed.files(), whole.files())).toEqual([]);
      expect(resumed.counters()).toEqual(whole.counters());
    },
  );

  it.each<[Partial<Config>, RegExp]>([
    [
      { learning_rate_critic: 1e30 },
      /^gradient of actor\/shared: expected finite numbers, got (NaN|-?Infinity)$/,
    ],
    // The update's results are finite; the following actions are not.
    [{ learning_rate_actor: 1e37 }, /^actions: expected finite numbers, got NaN$/],
    [{ learning_rate_actor: 1e38 }, /^actor\/shared\/W\d: expected finite numbers, got (NaN|-?Infinity)$/],
  ])('stops with %o when values become non-finite, naming the tensor', (keys, message) => {
    const session = sessionOf({ ...QUICK, ...keys });
    const run = (): void => {
      while (session.step < 400) session.advance();
    };
    let found: unknown;
    try {
      run();
    } catch (error) {
      found = error;
    }
    expect(found).toBeInstanceOf(NotFiniteError);
    expect((found as NotFiniteError).message).toMatch(message);
  });

  it('blames the environment if it fails on finite actions', () => {
    const fault = new EnvironmentFailure('the world is gone');
    const session = sessionOf(QUICK, (env) => {
      env.step = () => {
        env.obs.fill(NaN);
        throw fault;
      };
    });
    expect(() => {
      session.advance();
    }).toThrow(fault);
  });

  it('blames divergence if the environment fails on non-finite actions', () => {
    const session = sessionOf(QUICK, (env) => {
      env.step = () => {
        throw new EnvironmentFailure('the world is gone');
      };
    });
    const { policy } = session;
    const lost = [...policy.tensors()].map(
      ([name, { shape, data }]) => [name, { shape, data: data.map(() => NaN) }] as const,
    );
    policy.load(new Map(lost));
    expect(() => {
      session.advance();
    }).toThrow(/^actor\/shared\/W0: expected finite numbers, got NaN$/);
  });
});

describe('the largest checkpoint of a session', () => {
  const cases: readonly Partial<Config>[] = [
    {},
    { replay: 'prioritized', use_obsnorm: true },
    { ensemble_size: 3 },
    { running_steps: 800 },
  ];
  it.each(cases)('is known from the start, to a megabyte: %j', (keys) => {
    const session = sessionOf({ start_training: 800, ...keys });
    const expected = session.largestCheckpoint();
    while (!session.finished) session.advance();
    const size = Object.values(session.files())
      .flatMap(piecesOf)
      .reduce((sum, piece) => sum + piece.length, 0);
    expect(expected - size).toBeGreaterThanOrEqual(0);
    expect(expected - size).toBeLessThanOrEqual(2 ** 20);
  });
});
