import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { keyOf, type Config } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { MACHINERY } from '../../src/config/xuance.ts';
import { faultsOf } from './faults.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));
const fixture = (name: string): string => join(FIXTURES, `${name}.yaml`);

describe('keys implied by a runner', () => {
  const file = fixture('documented/matd3/simple_push_v3');
  const runner = 'runner: RunnerCompetition\n';

  it('never override the command line', () => {
    const sets = [
      'start_training=5',
      'training_frequency=2',
      'start_noise=0.5',
      'end_noise=0.25',
      'actor_update_delay=4',
      'end_factor_lr_decay=0.5',
      'critic_scope=all',
      'use_parameter_sharing=false',
    ];
    const { config, warnings } = loadConfig({ file, sets });
    expect(config).toMatchObject({
      start_training: 5,
      training_frequency: 2,
      start_noise: 0.5,
      end_noise: 0.25,
      actor_update_delay: 4,
      end_factor_lr_decay: 0.5,
      critic_scope: 'all',
      use_parameter_sharing: false,
    });
    expect(warnings).toStrictEqual([
      `${file}: not used, since they only concern XuanCe's machinery: policy, representation, vectorize, runner, representation_hidden_size, log_dir`,
    ]);
  });

  it('keep use_parameter_sharing false of the same file', () => {
    const { config, warnings } = loadConfig({ text: `${runner}use_parameter_sharing: False\n` });
    expect([config.use_parameter_sharing, config.critic_scope]).toStrictEqual([false, 'team']);
    expect(warnings).toStrictEqual([
      "<text>:1:9: XuanCe's RunnerCompetition trains each team by itself: critic_scope team",
    ]);
  });

  it('are none if the command line sets use_parameter_sharing true', () => {
    const { config, warnings } = loadConfig({ text: runner, sets: ['use_parameter_sharing=true'] });
    expect([config.use_parameter_sharing, config.critic_scope]).toStrictEqual([true, 'all']);
    expect(warnings).toStrictEqual(["<text>: not used, since they only concern XuanCe's machinery: runner"]);
  });

  it('are located at the runner', () => {
    const loaded = loadConfig({ text: `seed: 1\n${runner}`, file: 'x.yaml' });
    expect(loaded.where('critic_scope')).toBe('x.yaml:2:9');
  });

  it('give the same learning rate slope for any run length', () => {
    for (const steps of [4000, 160000]) {
      const { config } = loadConfig({ file, sets: [`running_steps=${steps}`] });
      expect(config.end_factor_lr_decay).toBe(0.96875);
    }
    const mindspore = loadConfig({
      file: fixture('documented/maddpg/simple_spread_v3'),
      sets: ['dl_toolbox=mindspore'],
    });
    expect(mindspore.config).toMatchObject({ lr_schedule: 'exponential', decay_steps: 10000000 });
  });
});

describe('lr_a and lr_c', () => {
  it('in a file imply update_order actor_first for MADDPG, unless given', () => {
    const loaded = loadConfig({ text: 'lr_c: 0.1\n', file: 'x.yaml' });
    expect(loaded.config.update_order).toBe('actor_first');
    expect(loaded.warnings).toStrictEqual([
      'x.yaml:1:7: lr_c: update_order actor_first, as in the XuanCe releases that have this key',
    ]);
    const asked = loadConfig({ text: 'lr_a: 0.1\nupdate_order: critic_first\n' });
    expect([asked.config.update_order, asked.warnings]).toStrictEqual(['critic_first', []]);
  });

  it('imply nothing on the command line, nor for MATD3', () => {
    for (const options of [{ sets: ['lr_a=0.1'] }, { text: 'agent: MATD3\nlr_a: 0.1\n' }]) {
      const { config, warnings } = loadConfig(options);
      expect([config.update_order, warnings]).toStrictEqual(['critic_first', []]);
    }
  });
});

describe('dl_toolbox: mindspore', () => {
  const variant = {
    update_order: 'actor_first',
    lr_schedule: 'exponential',
    negative_slope: 0.2,
    activation_action: 'tanh',
  } as const;

  it('implies the keys of the MindSpore variant', () => {
    const { config, warnings } = loadConfig({ text: 'dl_toolbox: mindspore\n' });
    expect(config).toMatchObject(variant);
    expect(warnings).toStrictEqual([]);
    expect(loadConfig({ keys: { dl_toolbox: 'mindspore' } }).config).toMatchObject(variant);
  });

  it('keeps given values, and warns that they differ from XuanCe', () => {
    const text =
      'dl_toolbox: mindspore\nupdate_order: critic_first\nlr_schedule: linear\nnegative_slope: 0.1\nactivation_action: sigmoid\n';
    const { config, warnings } = loadConfig({ text, file: 'x.yaml' });
    expect(config).toMatchObject({
      update_order: 'actor_first',
      lr_schedule: 'linear',
      negative_slope: 0.1,
      activation_action: 'sigmoid',
    });
    expect(warnings).toStrictEqual([
      'x.yaml:2:15: update_order has no effect: dl_toolbox mindspore moves the actor first',
      "x.yaml:5:20: activation_action sigmoid differs from XuanCe's MindSpore actors, which end in tanh; set activation_action to tanh to follow them",
    ]);
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
    ['device: "cuda:0"', { device: 'gpu' }],
    ['device: cuda', { device: 'gpu' }],
    ['device: GPU', { device: 'gpu' }],
    ['device: "gpu:0"', { device: 'gpu' }],
    ['device: 0', { device: 'gpu' }],
    ['device: CPU', { device: 'cpu' }],
    ['device: "cpu:0"', { device: 'cpu' }],
  ] as [string, Partial<Config>][])('%s is understood', (text, values) => {
    expect(loadConfig({ text }).config).toMatchObject(values);
  });

  it.each(['"cuda:1"', 'gpu:1', '1'])('device: %s warns that it takes the first visible GPU', (device) => {
    const { config, warnings } = loadConfig({ text: `device: ${device}`, file: 'x.yaml' });
    expect(config.device).toBe('gpu');
    expect(warnings).toStrictEqual([
      `x.yaml:1:9: device ${device === 'gpu:1' ? '"gpu:1"' : device} is gpu, the first one that is visible; to choose it, set the environment variable CUDA_VISIBLE_DEVICES to 1`,
    ]);
  });

  it.each([
    ['Ascend', '"Ascend"'],
    ['-1', '-1'],
    ['0.5', '0.5'],
  ])('device: %s is a fault', (device, got) => {
    expect(faultsOf({ text: `device: ${device}` })).toStrictEqual([
      `<text>:1:9: device: expected one of cpu, gpu, got ${got}`,
    ]);
  });

  it.each(['gain', 'normalize', 'dropout'] as const)('of no value mean the default of %s', (key) => {
    const loaded = loadConfig({ text: `${key}:\n` });
    expect(loaded.config[key]).toBe(keyOf(key).default);
    expect(loaded.warnings).toStrictEqual([]);
  });

  it('appear in faults as written', () => {
    const loaded = loadConfig({ text: 'seed: 1\nlr_a: 0.5\n', file: 'x.yaml' });
    expect(loaded.where('learning_rate_actor')).toBe('x.yaml:2:7');
    expect(faultsOf({ text: 'lr_c: slow\n' })).toStrictEqual([
      '<text>:1:7: lr_c: expected a number > 0, got "slow"',
    ]);
  });

  it('are rejected together with the newer name', () => {
    expect(faultsOf({ text: 'lr_a: 0.5\nlearning_rate_actor: 0.5\n' })).toStrictEqual([
      '<text>:2:1: learning_rate_actor: expected one of lr_a and learning_rate_actor, got both; remove lr_a',
    ]);
  });

  it('can be overridden by the newer name, and vice versa', () => {
    const text = 'lr_a: 0.5\nlearning_rate_critic: 0.5\n';
    const { config } = loadConfig({ text, sets: ['learning_rate_actor=0.25', 'lr_c=0.125'] });
    expect([config.learning_rate_actor, config.learning_rate_critic]).toStrictEqual([0.25, 0.125]);
  });
});

describe("keys of XuanCe's machinery", () => {
  const why = 'ignoring it would change the result';

  it('are faults if ignoring them would change the result', () => {
    const text = [
      'representation: Basic_RNN',
      'representation_hidden_size: [64, ]',
      'test_mode: True',
      'distributed_training: True',
      'normalize: BatchNorm',
      'learning_rate: 0.001',
    ].join('\n');
    expect(faultsOf({ text })).toStrictEqual([
      `<text>:1:17: representation: expected "Basic_Identical" or, with use_rnn, "Basic_RNN", got "Basic_RNN"; ${why}`,
      `<text>:2:29: representation_hidden_size: expected [] unless representation is Basic_Identical, got [64]; ${why}`,
      `<text>:3:12: test_mode: expected false, got true; ${why}`,
      `<text>:4:23: distributed_training: expected false, got true; ${why}`,
      '<text>:5:12: normalize: expected one of none, LayerNorm, got "BatchNorm"',
      `<text>:6:16: learning_rate: expected learning_rate_actor and learning_rate_critic beside it, got 0.001; ${why}`,
    ]);
  });

  it('may be empty, all of them', () => {
    const text = [...MACHINERY.keys()].map((name) => `${name}:\n`).join('');
    expect(loadConfig({ text }).warnings).toHaveLength(1);
  });

  it('learning_rate is ignored beside learning_rate_actor and learning_rate_critic', () => {
    const text = 'learning_rate: 0.1\nlearning_rate_actor: 0.2\nlearning_rate_critic: 0.3\n';
    expect(loadConfig({ text, file: 'x.yaml' }).warnings).toStrictEqual([
      "x.yaml: not used, since they only concern XuanCe's machinery: learning_rate",
    ]);
  });

  it('use_linear_lr_decay has no effect, and false says how to get a constant rate', () => {
    const load = (text: string): [string, readonly string[]] => {
      const { config, warnings } = loadConfig({ text, file: 'x.yaml' });
      return [config.lr_schedule, warnings];
    };
    const unused = "x.yaml: not used, since they only concern XuanCe's machinery: use_linear_lr_decay";
    expect(load('use_linear_lr_decay: True')).toStrictEqual(['linear', [unused]]);
    expect(load('use_linear_lr_decay: False')).toStrictEqual([
      'linear',
      [
        'x.yaml:1:22: use_linear_lr_decay has no effect, as in XuanCe, whose learners of this family always decay the rate linearly; for a constant rate set lr_schedule to constant',
      ],
    ]);
    expect(load('use_linear_lr_decay: False\nlr_schedule: constant')).toStrictEqual(['constant', [unused]]);
    expect(faultsOf({ text: 'use_linear_lr_decay: 3' })).toStrictEqual([
      `<text>:1:22: use_linear_lr_decay: expected true or false, got 3; ${why}`,
    ]);
  });

  it('are judged after all files are merged', () => {
    const basic = readFileSync(fixture('1.4.4/basic'), 'utf8');
    expect(faultsOf({ text: basic })).toStrictEqual([
      '<text>:12:1: agent: expected one of MADDPG, MATD3, IDDPG, ISAC, MASAC, or a mapping of teams to them, got nothing',
      '<text>:13:1: env_name: expected one of mpe, custom, pettingzoo, got nothing',
      '<text>:14:1: env_id: expected a string, got nothing',
      `<text>:18:17: representation: expected "Basic_Identical" or, with use_rnn, "Basic_RNN", got "Basic_MLP"; ${why}`,
      `<text>:20:29: representation_hidden_size: expected [] unless representation is Basic_Identical, got [256]; ${why}`,
      `<text>:29:16: learning_rate: expected learning_rate_actor and learning_rate_critic beside it, got 0.0004; ${why}`,
    ]);
    expect(
      loadConfig({ file: [fixture('1.4.4/basic'), fixture('1.4.4/iddpg/simple_spread_v3')] }).source,
    ).toBe(fixture('1.4.4/iddpg/simple_spread_v3'));
  });
});
