import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../src/checkpoint/manifest.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { EnvironmentFailure } from '../../src/envs/errors.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import type { VectorEnv } from '../../src/envs/vector-env.ts';
import { NotFiniteError, TrainingSession } from '../../src/train/session.ts';
import { differing } from './differing.ts';

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
  return new TrainingSession(config, env, engine, 'unused');
}

/** The step counts, before each vector step, at which updates happened, and how many updates then. */
function firings(keys: Partial<Config>, until: number): [step: number, updates: number][] {
  const session = sessionOf(keys);
  const fired: [number, number][] = [];
  while (session.step < until) {
    const { step, updates } = session;
    session.advance();
    if (session.updates > updates) fired.push([step, session.updates - updates]);
  }
  return fired;
}

describe('the update rule', () => {
  it('fires where the step count before a vector step is a multiple of training_frequency', () => {
    expect(firings({ parallels: 16, training_frequency: 25, start_training: 1000 }, 2400)).toEqual([
      [1200, 1],
      [1600, 1],
      [2000, 1],
    ]);
  });

  it('includes start_training itself, and step 0 where training starts at once', () => {
    expect(firings({ parallels: 4, training_frequency: 6, start_training: 24 }, 60)).toEqual([
      [24, 1],
      [36, 1],
      [48, 1],
    ]);
    expect(firings({ parallels: 4, training_frequency: 8, start_training: 0 }, 20)).toEqual([
      [0, 1],
      [8, 1],
      [16, 1],
    ]);
  });

  it('makes n_epochs updates each time', () => {
    expect(firings({ parallels: 4, training_frequency: 4, start_training: 40, n_epochs: 3 }, 48)).toEqual([
      [40, 3],
      [44, 3],
    ]);
  });

  it('with train_per_step false counts rounds of episodes instead of steps', () => {
    // Episodes of 5 steps in 4 environments: a round ends with every fifth vector step, which begins at 16 + 20 k.
    const rounds = { parallels: 4, train_per_step: false, env_options: { max_cycles: 5 } };
    expect(firings({ ...rounds, training_frequency: 1, start_training: 0 }, 80)).toEqual([
      [16, 1],
      [36, 1],
      [56, 1],
      [76, 1],
    ]);
    expect(firings({ ...rounds, training_frequency: 2, start_training: 0 }, 80)).toEqual([
      [36, 1],
      [76, 1],
    ]);
    expect(firings({ ...rounds, training_frequency: 1, start_training: 40, n_epochs: 2 }, 80)).toEqual([
      [56, 2],
      [76, 2],
    ]);
  });
});

describe('TrainingSession', () => {
  const QUICK = { parallels: 4, training_frequency: 4, start_training: 20 };

  it('counts the steps of all its environments and never goes beyond running_steps', () => {
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

  it('depends on its seeds alone', () => {
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
    [
      'through gelu, layer normalisation and dropout',
      { activation: 'gelu', normalize: 'LayerNorm', dropout: 0.5 },
    ],
    [
      'per round of episodes',
      { train_per_step: false, training_frequency: 1, env_options: { max_cycles: 3 } },
    ],
    [
      'on normalised observations and rewards, with noise that remembers',
      {
        ...{ use_obsnorm: true, use_rewnorm: true, reward_scale: 0.5, env_options: { max_cycles: 7 } },
        ...{ noise_process: 'ornstein_uhlenbeck', epsilon_uniform: 0.2 },
      },
    ],
  ] satisfies [string, Partial<Config>][])(
    'goes on from its files and counters bit for bit, with updates %s',
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
    // The update's results are still numbers; the actions that follow are not.
    [{ learning_rate_actor: 1e20 }, /^actions: expected finite numbers, got NaN$/],
    [{ learning_rate_actor: 1e38 }, /^actor\/shared\/W\d: expected finite numbers, got (NaN|-?Infinity)$/],
  ])('stops where %o leaves no number, naming the tensor', (keys, message) => {
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

  it('leaves the fault with an environment that breaks down over actions that are numbers', () => {
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

  it('names what has diverged where an environment breaks down over actions that are no numbers', () => {
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
