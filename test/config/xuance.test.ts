import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { keyOf, type Config } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { MACHINERY } from '../../src/config/xuance.ts';
import { mpeEnvironments } from '../../src/envs/mpe/open.ts';
import { requireFitting } from '../../src/train/checks.ts';
import { faultsOf } from './faults.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));

/** What the four files of release 1.4.4 have in common. */
const release: Partial<Config> = {
  env_name: 'mpe',
  env_seed: 1,
  continuous_action: true,
  actor_hidden_size: [64, 64],
  critic_hidden_size: [64, 64],
  activation: 'leaky_relu',
  activation_action: 'sigmoid',
  use_parameter_sharing: true,
  seed: 1,
  parallels: 16,
  buffer_size: 100000,
  batch_size: 256,
  learning_rate_actor: 0.01,
  learning_rate_critic: 0.001,
  lr_schedule: 'linear',
  end_factor_lr_decay: 0.5,
  gamma: 0.95,
  tau: 0.001,
  start_noise: 1,
  end_noise: 0.01,
  sigma: 0.1,
  start_training: 1000,
  running_steps: 10000000,
  training_frequency: 25,
  train_per_step: true,
  grad_clip_norm: 0.5,
  eval_interval: 100000,
  test_episode: 5,
};
const spread = { env_id: 'simple_spread_v3' };
const push = { env_id: 'simple_push_v3', use_parameter_sharing: 'teams' } as const;
const maddpg = { ...release, agent: 'MADDPG', use_grad_clip: false, model_dir: 'models/maddpg/' } as const;
const matd3 = { ...release, agent: 'MATD3', actor_update_delay: 2, model_dir: 'models/matd3/' } as const;

/** The documented generation: constant noise, and an update after each round of episodes. */
const documented: Partial<Config> = {
  ...maddpg,
  ...spread,
  model_dir: './models/maddpg/',
  use_grad_clip: true,
  start_noise: 0.1,
  end_noise: 0.1,
  train_per_step: false,
  training_frequency: 1,
};

const machinery = (...runner: readonly string[]): string =>
  [
    ...['learner', 'policy', 'representation', 'vectorize', ...runner],
    ...['representation_hidden_size', 'use_actions_mask', 'log_dir'],
  ].join(', ');

describe("XuanCe's own files", () => {
  it.each<[string, Partial<Config>, string]>([
    ['1.4.4_maddpg_simple_spread_v3', { ...maddpg, ...spread }, machinery('runner')],
    ['1.4.4_matd3_simple_spread_v3', { ...matd3, ...spread, use_grad_clip: false }, machinery('runner')],
    [
      'seed_maddpg_simple_spread_v3',
      documented,
      'policy, representation, vectorize, runner, representation_hidden_size, log_dir',
    ],
  ])('%s.yaml loads unchanged, with one warning', (name, values, unused) => {
    const file = join(FIXTURES, `${name}.yaml`);
    const { config, warnings } = loadConfig({ file });
    expect(config).toMatchObject(values);
    expect(warnings).toStrictEqual([
      `${file}: not used, since they only concern XuanCe's machinery: ${unused}`,
    ]);
  });

  it.each<[string, Partial<Config>]>([
    ['1.4.4_maddpg_simple_push_v3', { ...maddpg, ...push }],
    ['1.4.4_matd3_simple_push_v3', { ...matd3, ...push, use_grad_clip: true }],
  ])('%s.yaml, whose teams XuanCe trains each by itself, says what that is here', (name, values) => {
    const file = join(FIXTURES, `${name}.yaml`);
    const { config, warnings } = loadConfig({ file });
    expect(config).toMatchObject(values);
    expect(warnings).toStrictEqual([
      `${file}: not used, since they only concern XuanCe's machinery: ${machinery()}`,
      `${file}:10:9: runner RunnerCompetition: use_parameter_sharing is teams instead of true, since XuanCe trains ` +
        'every team by itself then; unlike there, joint critics see all teams',
    ]);
    const asked = loadConfig({ file, sets: ['use_parameter_sharing=true'] });
    expect(asked.config.use_parameter_sharing).toBe(true);
    expect(asked.warnings).toStrictEqual([
      `${file}: not used, since they only concern XuanCe's machinery: ${machinery('runner')}`,
    ]);
  });

  it('all fit the environment that they name', () => {
    for (const name of readdirSync(FIXTURES)) {
      const { config } = loadConfig({ file: join(FIXTURES, name) });
      expect(() => {
        requireFitting(config, mpeEnvironments(config).make(1));
      }, name).not.toThrow();
    }
  });

  it('are all tested', () => {
    expect(readdirSync(FIXTURES)).toHaveLength(5);
  });

  it('hold what the packaged published settings hold, but for the folder of results', () => {
    const file = fileURLToPath(new URL('../../configs/xuance/maddpg/simple_spread_v3.yaml', import.meta.url));
    const packaged = loadConfig({ file });
    const original = loadConfig({ file: join(FIXTURES, '1.4.4_maddpg_simple_spread_v3.yaml') });
    expect(packaged.warnings).toStrictEqual([]);
    expect(packaged.config).toStrictEqual({ ...original.config, model_dir: 'runs' });
  });
});

describe('other spellings', () => {
  it('of Python are read as PyYAML reads them', () => {
    const text = 'use_grad_clip: True\nname: None\nactor_hidden_size: [64, ]\nrunning_steps: 10_000_000\n';
    expect(loadConfig({ text }).config).toMatchObject({
      use_grad_clip: true,
      name: null,
      actor_hidden_size: [64],
      running_steps: 10000000,
    });
  });

  it.each([
    ['learning_rate_actor: 1e-3', { learning_rate_actor: 0.001 }],
    ['running_steps: 2e7', { running_steps: 20000000 }],
    ['lr_a: 0.5', { learning_rate_actor: 0.5 }],
    ['lr_c: 0.5', { learning_rate_critic: 0.5 }],
    ['n_epoch: 3', { n_epochs: 3 }],
    ['use_linear_lr_decay: True', { lr_schedule: 'linear' }],
    ['use_linear_lr_decay: False', { lr_schedule: 'constant' }],
    ['device: "cuda:0"', { device: 'gpu' }],
    ['device: cuda', { device: 'gpu' }],
    ['device: CPU', { device: 'cpu' }],
  ] as [string, Partial<Config>][])('%s is understood', (text, values) => {
    expect(loadConfig({ text }).config).toMatchObject(values);
  });

  it.each(['initialize', 'gain', 'normalize', 'dropout'] as const)(
    'of nothing at all mean the default of %s',
    (key) => {
      const loaded = loadConfig({ text: `${key}:\n` });
      expect(loaded.config[key]).toBe(keyOf(key).default);
      expect(loaded.warnings).toStrictEqual([]);
    },
  );

  it('point at the older name that was written', () => {
    const loaded = loadConfig({ text: 'seed: 1\nlr_a: 0.5\n', file: 'x.yaml' });
    expect(loaded.where('learning_rate_actor')).toBe('x.yaml:2:7');
    expect(faultsOf({ text: 'use_linear_lr_decay: 3\nlr_c: slow\n' })).toStrictEqual([
      '<text>:1:22: use_linear_lr_decay: expected true or false, got 3',
      '<text>:2:7: lr_c: expected a number > 0, got "slow"',
    ]);
  });

  it('must not stand beside the newer name', () => {
    const text = 'lr_a: 0.5\nlearning_rate_actor: 0.5\nlr_schedule: linear\nuse_linear_lr_decay: true\n';
    expect(faultsOf({ text })).toStrictEqual([
      '<text>:2:1: learning_rate_actor: expected one of lr_a and learning_rate_actor, got both; remove lr_a',
      '<text>:4:1: use_linear_lr_decay: expected one of use_linear_lr_decay and lr_schedule, got both; remove use_linear_lr_decay',
    ]);
  });

  it('may be overridden by the newer name, and the other way round', () => {
    const text = 'lr_a: 0.5\nlearning_rate_critic: 0.5\n';
    const { config } = loadConfig({ text, sets: ['learning_rate_actor=0.25', 'lr_c=0.125'] });
    expect([config.learning_rate_actor, config.learning_rate_critic]).toStrictEqual([0.25, 0.125]);
  });
});

describe("keys of XuanCe's machinery", () => {
  it('are faults where ignoring their value would change the result', () => {
    const text = [
      'representation: Basic_RNN',
      'representation_hidden_size: [64, ]',
      'use_actions_mask: True',
      'use_rnn: True',
      'distributed_training: True',
      'normalize: BatchNorm',
    ].join('\n');
    const why = 'only this is supported, and ignoring it would change the result';
    expect(faultsOf({ text })).toStrictEqual([
      `<text>:1:17: representation: expected "Basic_Identical", got "Basic_RNN"; ${why}`,
      `<text>:2:29: representation_hidden_size: expected [] (actors and critics see the observation itself), got [64]; ${why}`,
      `<text>:3:19: use_actions_mask: expected false, got true; ${why}`,
      `<text>:4:10: use_rnn: expected false, got true; ${why}`,
      `<text>:5:23: distributed_training: expected false, got true; ${why}`,
      `<text>:6:12: normalize: expected one of none, LayerNorm, got "BatchNorm"`,
    ]);
  });

  it('may be empty, all of them', () => {
    const text = [...MACHINERY.keys()].map((name) => `${name}:\n`).join('');
    expect(loadConfig({ text }).warnings).toHaveLength(1);
  });

  it("in XuanCe's basic.yaml are known, but for its networks", () => {
    const text = readFileSync(join(FIXTURES, '1.4.4_maddpg_simple_spread_v3.yaml'), 'utf8');
    const basic =
      'dl_toolbox: "torch"\nproject_name: "p"\nlogger: "tensorboard"\nwandb_user_name: "u"\nrender: True\n';
    const more =
      "render_mode: 'rgb_array'\nfps: 50\ntest_mode: False\ndevice: \"cpu\"\nmaster_port: '12355'\n";
    expect(loadConfig({ text: basic + more + text }).config.dl_toolbox).toBe('torch');
  });
});
