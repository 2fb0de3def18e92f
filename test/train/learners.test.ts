/**
 * Every learner trains on the two classic tasks with Box and, if supported, Discrete actions, and explores as its actors
 * require. Sizes are tiny; golden data check the updates' numbers.
 */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import { ALGORITHMS } from '../../src/learners/registry.ts';
import type { AlgorithmName } from '../../src/config/keys/task.ts';
import type { TrainingSession } from '../../src/train/session.ts';
import { begun } from './begun.ts';
import { unmoved } from './unmoved.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

const TINY: Partial<Config> = {
  ...{ parallels: 2, start_training: 12, training_frequency: 2, batch_size: 4, buffer_size: 100 },
  ...{ actor_hidden_size: [4], critic_hidden_size: [4], env_options: { max_cycles: 5 } },
};

function sessionOf(keys: Partial<Config>): TrainingSession {
  const { config } = loadConfig({ flags: { ...TINY, ...keys } });
  const options = { ...config.env_options, continuous_actions: config.continuous_action };
  const env = makeVectorEnv(config.env_id, options, config.parallels);
  return begun(config, env, engine);
}

function trained(keys: Partial<Config>, updates = 4): TrainingSession {
  const session = sessionOf(keys);
  while (session.updates < updates) session.advance();
  session.checkFinite();
  return session;
}

const TASKS = ['simple_spread_v3', 'simple_speaker_listener_v4'] as const;

/** What an algorithm reports of each group, and how many steps each of its optimizers makes, in four updates. */
const REPORTS: Record<AlgorithmName, { readonly info: string[]; readonly steps: Record<string, number> }> = {
  MADDPG: { info: ['loss_actor', 'loss_critic', 'predictQ'], steps: { actor: 4, critic: 4 } },
  IDDPG: { info: ['loss_actor', 'loss_critic', 'predictQ'], steps: { actor: 4, critic: 4 } },
  MATD3: {
    info: ['loss_actor', 'loss_critic', 'predictQ_A', 'predictQ_B', 'q_policy'],
    steps: { actor: 2, critic: 4 },
  },
  ISAC: {
    info: ['alpha', 'alpha_loss', 'loss_actor', 'loss_critic', 'predictQ'],
    steps: { actor: 4, alpha: 4, critic: 4 },
  },
  MASAC: {
    info: ['alpha', 'alpha_loss', 'loss_actor', 'loss_critic', 'predictQ'],
    steps: { actor: 4, alpha: 4, critic: 4 },
  },
};

/** Four updates move every tensor of every network, targets too, and report finite numbers under the names of the algorithm. */
function expectTraining(
  agent: AlgorithmName,
  others: Partial<Config>,
  inferred: readonly string[] = [],
  reports = REPORTS[agent],
): TrainingSession {
  const keys = { agent, ...others };
  const session = trained(keys);
  const { policy, learner, lastInfo } = session;
  expect(unmoved(sessionOf(keys).policy.tensors(), policy.tensors())).toEqual([]);
  const { info, steps } = reports;
  const names = [...info, ...inferred, 'learning_rate_actor', 'learning_rate_critic'].sort();
  const kinds = Object.entries({ ...steps, ...(inferred.length > 0 && { inferred: 4 }) });
  for (const { name, infoPrefix } of policy.groups) {
    const own = Object.entries(lastInfo!).filter(([key]) => key.startsWith(infoPrefix));
    expect(own.map(([key]) => key.slice(infoPrefix.length)).sort()).toEqual(names);
    for (const [key, value] of own) expect([key, Number.isFinite(value)]).toEqual([key, true]);
    expect(kinds.map(([kind]) => learner.optimizer.get(`${kind}/${name}`)!.steps)).toEqual(
      kinds.map(([, count]) => count),
    );
  }
  expect(learner.optimizer.size).toBe(policy.groups.length * kinds.length);
  return session;
}

describe.each(Object.keys(ALGORITHMS) as AlgorithmName[])('%s', (agent) => {
  const soft = agent === 'ISAC' || agent === 'MASAC';

  it.each(TASKS)('trains every network on %s', (env_id) => {
    expectTraining(agent, { env_id, use_parameter_sharing: false });
  });

  it.each(
    soft
      ? []
      : TASKS.flatMap((env_id) =>
          (['soft', 'straight_through'] as const).map((gumbel) => ({ env_id, gumbel })),
        ),
  )('trains every network on $env_id with discrete actions, $gumbel', (keys) => {
    expectTraining(agent, { ...keys, use_parameter_sharing: false, continuous_action: false });
  });

  it('continues from a snapshot bit for bit', () => {
    expectExactResume({ agent });
  });
});

/** Six updates give the same weights with and without a snapshot after the third. */
function expectExactResume(keys: Partial<Config>): void {
  const whole = trained(keys, 6);
  const first = trained(keys, 3);
  const second = sessionOf(keys);
  const files = Object.entries(first.files()).map(([name, content]): [string, Uint8Array] => [
    name,
    content instanceof Uint8Array ? content : Buffer.concat(content),
  ]);
  second.restore(new Map(files), first.counters(), 'here');
  while (second.updates < 6) second.advance();
  expect(second.files()['weights.safetensors']).toEqual(whole.files()['weights.safetensors']);
}

describe.each(['ISAC', 'MASAC'] as const)('%s with a fixed temperature', (agent) => {
  const fixed = { agent, use_automatic_entropy_tuning: false } as const;

  it.each([false, true])('trains without one to learn, use_rnn %s', (use_rnn) => {
    const small = { ...fixed, use_rnn, use_parameter_sharing: false, buffer_size: 8 } as const;
    const info = ['loss_actor', 'loss_critic', 'predictQ'];
    const { policy } = expectTraining(agent, small, [], { info, steps: { actor: 4, critic: 4 } });
    expect([...policy.networks.keys()].filter((name) => name.startsWith('alpha'))).toEqual([]);
  });

  it('of 1 moves actors and critics in the first update as a learned one does, and of 0.01 differently', () => {
    const moved = (keys: Partial<Config>): unknown => {
      const tensors = trained({ agent, ...keys }, 1).policy.tensors();
      return new Map([...tensors].filter(([name]) => !name.startsWith('alpha')));
    };
    const learned = moved({});
    expect(moved({ ...fixed, alpha: 1 })).toEqual(learned);
    expect(moved(fixed)).not.toEqual(learned);
  });

  it('continues from a snapshot bit for bit', () => {
    expectExactResume(fixed);
  });
});

describe.each(['MADDPG', 'MATD3'] as const)('infer_policies with %s', (agent) => {
  const infer = { agent, infer_policies: true } as const;

  it.each([
    ['simple_adversary_v3', 'teams'],
    ['simple_speaker_listener_v4', false],
  ] as const)(
    'trains every network on %s, with Box and with Discrete actions',
    (env_id, use_parameter_sharing) => {
      for (const continuous_action of [true, false]) {
        const keys = { ...infer, env_id, use_parameter_sharing, continuous_action };
        const { lastInfo, policy } = expectTraining(agent, keys, ['kl_inferred', 'loss_inferred']);
        for (const { name } of policy.groups) expect(lastInfo![`${name}/kl_inferred`]).toBeGreaterThan(0);
      }
    },
  );

  it('continues from a snapshot bit for bit', () => {
    const keys = { ...infer, env_id: 'simple_adversary_v3', use_parameter_sharing: 'teams' } as const;
    const weights = (rate: number): unknown =>
      trained({ ...keys, learning_rate_actor: rate })
        .policy.tensors()
        .get('inferred_agent/adversary/b_mu');
    expect(weights(0.01)).not.toEqual(weights(0.02));
    expectExactResume(keys);
  });
});

it('explores by noise in deterministic teams and by sampling in soft ones', () => {
  const session = sessionOf({
    ...{ agent: { adversary: 'MASAC', agent: 'MADDPG' }, use_parameter_sharing: 'teams' },
    ...{ env_id: 'simple_adversary_v3', start_noise: 0.01, end_noise: 0.01 },
  });
  const { rollout, policy } = session;
  expect(rollout.noiseScale(0)).toBe(0.01);
  const greedy = policy.act(rollout.env.obs).slice();
  expect(policy.actingNoise).toEqual(['normal', undefined, undefined]);
  // Columns 0 to 4 belong to the adversary.
  const first = explored(session.config, greedy);
  expect(Math.max(...first.slice(0, 5))).toBeGreaterThan(0.05);
  for (const distance of first.slice(5)) {
    expect(distance).toBeGreaterThan(0);
    expect(distance).toBeLessThan(0.05);
  }
});

/** Distance of the first environment's first actions from greedy ones, per column. */
function explored(config: Config, greedy: Float32Array): number[] {
  const options = { ...config.env_options, continuous_actions: true };
  const env = makeVectorEnv(config.env_id, options, config.parallels);
  let first: Float32Array | undefined;
  const step = env.step.bind(env);
  env.step = (actions) => {
    first ??= actions.slice();
    step(actions);
  };
  begun(config, env, engine).advance();
  return [...first!.slice(0, 15)].map((action, k) => Math.abs(action - greedy[k]!));
}

describe('discrete actions in the replay buffer', () => {
  const discrete = { continuous_action: false, use_parameter_sharing: false } as const;

  /** Sampled actions of an update, by agent. */
  function replayed(keys: Partial<Config>): number[][] {
    const { learner } = trained({ ...discrete, ...keys });
    const { actions } = learner.batch(4);
    return Array.from({ length: 12 }, (_, k) => [...actions.slice(k * 5, (k + 1) * 5)]);
  }

  it('are relaxed samples with gumbel: soft, sharper at a lower temperature', () => {
    const peak = (temperature: number): number => {
      const rows = replayed({ gumbel_temperature: temperature });
      for (const row of rows) expect(row.reduce((sum, x) => sum + x)).toBeCloseTo(1, 5);
      return rows.reduce((sum, row) => sum + Math.max(...row), 0) / rows.length;
    };
    expect(peak(1)).toBeGreaterThan(0.25);
    expect(peak(1)).toBeLessThan(0.9);
    expect(peak(0.01)).toBeGreaterThan(0.95);
  });

  it('are one-hot with gumbel: straight_through, and while actions are uniform', () => {
    for (const row of [
      ...replayed({ gumbel: 'straight_through' }),
      ...replayed({ gumbel: 'soft', uniform_steps: 1000 }),
    ])
      expect([...row].sort()).toEqual([0, 0, 0, 0, 1]);
  });
});

describe('logit_regularization', () => {
  it('pulls logits towards 0', () => {
    const scores = (logit_regularization: number): number => {
      const { policy, learner } = trained(
        {
          ...{ continuous_action: false, logit_regularization },
          ...{ learning_rate_actor: 0.05 },
        },
        40,
      );
      expect(learner.iterations).toBe(40);
      const { data } = policy.tensors().get('actor/shared/W1')!;
      return data.reduce((sum, x) => sum + x * x, 0);
    };
    expect(scores(100)).toBeLessThan(0.5 * scores(0));
  });
});

describe('action_regularization', () => {
  it.each(['sigmoid', 'tanh'] as const)(
    'pulls the outputs of actors with %s towards 0',
    (activation_action) => {
      const scores = (action_regularization: number): number => {
        const { policy, learner } = trained(
          { activation_action, action_regularization, learning_rate_actor: 0.05 },
          40,
        );
        expect(learner.iterations).toBe(40);
        const { data } = policy.tensors().get('actor/shared/W1')!;
        return data.reduce((sum, x) => sum + x * x, 0);
      };
      expect(scores(100)).toBeLessThan(0.5 * scores(0));
    },
  );
});
