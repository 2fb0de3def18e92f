import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { faultsOf } from './faults.ts';

describe('a contradiction', () => {
  it.each([
    [
      'running_steps: 500',
      '1:16: running_steps: expected at least start_training (1000), got 500; lower start_training or raise running_steps',
    ],
    [
      'start_training: 20000000',
      '1:17: start_training: expected at most running_steps (10000000), got 20000000; lower start_training or raise running_steps',
    ],
    [
      'batch_size: 100001',
      '1:13: batch_size: expected at most buffer_size (100000), got 100001; lower batch_size or raise buffer_size',
    ],
    [
      'buffer_size: 160',
      '1:14: buffer_size: expected at least batch_size (256), got 160; lower batch_size or raise buffer_size',
    ],
    [
      'buffer_size: 1000',
      '1:14: buffer_size: expected a multiple of parallels (16), got 1000; set buffer_size to 992 or 1008',
    ],
    [
      'parallels: 7',
      '1:12: parallels: expected a divisor of buffer_size (100000), got 7; set buffer_size to 99995 or 100002',
    ],
    [
      'buffer_size: 3\nbatch_size: 2',
      '1:14: buffer_size: expected a multiple of parallels (16), got 3; set buffer_size to 16',
    ],
    [
      'n_step: 6251',
      '1:9: n_step: expected at most buffer_size / parallels (6250), got 6251; lower n_step or raise buffer_size',
    ],
    [
      'training_frequency: 999999',
      '1:21: training_frequency: expected a number whose least common multiple with parallels (16) is at most running_steps (10000000), got 999999; no update would ever happen; set training_frequency to 16 or running_steps to 15999984 or more',
    ],
    [
      'engine: wasm\ndevice: cuda',
      '2:9: device: expected cpu with engine wasm, got "gpu"; set device to cpu or engine to tensorflow',
    ],
    [
      'infer_policies: true\nuse_parameter_sharing: teams\nensemble_size: 2',
      '3:16: ensemble_size: expected 1 with infer_policies true, which takes each of the others to be one policy, got 2; set ensemble_size to 1 or infer_policies to false',
    ],
    [
      'ensemble_size: 2\nreplay: prioritized',
      '1:16: ensemble_size: expected 1 with replay prioritized, got 2; set ensemble_size to 1 or replay to uniform',
    ],
    [
      'ensemble_size: 2\naugmentation: symmetries',
      "1:16: ensemble_size: expected 1 with augmentation symmetries, which may hand one agent's part to another, got 2; set ensemble_size to 1 or augmentation to none",
    ],
    [
      'use_parameter_sharing: [[a, b], [b, c, a]]',
      '1:24: use_parameter_sharing: expected each agent in one list only, got b, a more than once; take the agent out of all lists but one',
    ],
    [
      'infer_policies: true',
      '1:17: infer_policies: expected false with use_parameter_sharing true (there is no other group to infer), got true; set infer_policies to false or use_parameter_sharing to false or teams',
    ],
    [
      'use_parameter_sharing: teams\ninfer_policies: true\naugmentation: symmetries',
      '2:17: infer_policies: expected false with augmentation symmetries (its actions are not what the others did), got true; set infer_policies to false or augmentation to none',
    ],
  ])('in %j is located at a given key, with advice', (text, fault) => {
    expect(faultsOf({ text, file: 'x.yaml' })).toStrictEqual([`x.yaml:${fault}`]);
  });

  it('caused by --set points at --set', () => {
    expect(faultsOf({ text: 'batch_size: 512', sets: ['buffer_size=480'] })).toStrictEqual([
      '--set buffer_size=480: buffer_size: expected at least batch_size (512), got 480; lower batch_size or raise buffer_size',
    ]);
  });

  it('resolved by --set is accepted', () => {
    expect(faultsOf({ text: 'parallels: 7', sets: ['buffer_size=700'] })).toStrictEqual([]);
  });

  it('between keys that are faulty themselves is not reported', () => {
    expect(faultsOf({ text: 'batch_size: 0\nbuffer_size: 0\n' })).toStrictEqual([
      '<text>:1:13: batch_size: expected an integer from 1 to 10000000, got 0',
      '<text>:2:14: buffer_size: expected an integer from 1 to 1000000000, got 0',
    ]);
  });

  it('starts beyond the limits, which are inclusive', () => {
    const edge = { running_steps: 400, start_training: 400, buffer_size: 256, batch_size: 256, n_step: 16 };
    expect(faultsOf({ flags: edge })).toStrictEqual([]);
    expect(faultsOf({ flags: { ...edge, running_steps: 399, start_training: 0 } })).toHaveLength(1);
  });

  it('of interval and length counts rounds if updates follow rounds of episodes', () => {
    const flags = { running_steps: 100, start_training: 0 };
    expect(faultsOf({ flags })).toHaveLength(1);
    expect(
      faultsOf({ flags: { ...flags, train_per_step: false, parallels: 4, buffer_size: 1000 } }),
    ).toStrictEqual([]);
    // A round has at least one vector step.
    expect(faultsOf({ flags: { ...flags, train_per_step: false } })).toStrictEqual([
      '--running-steps: running_steps: expected at least training_frequency * parallels (400) with train_per_step false, ' +
        'got 100; no update would ever happen; lower training_frequency or raise running_steps',
    ]);
  });

  it('does not exist between device gpu and engine auto or tensorflow', () => {
    expect(faultsOf({ text: 'device: gpu' })).toStrictEqual([]);
    expect(faultsOf({ text: 'device: gpu\nengine: tensorflow' })).toStrictEqual([]);
  });
});

describe('a key without effect', () => {
  it.each([
    ['negative_slope: 0.2', 'activation: leaky_relu', 'activation is relu', 'activation: relu'],
    [
      'activation_action: tanh',
      'continuous_action: true',
      'continuous_action is false',
      'continuous_action: false',
    ],
    ['tau: 0.05', 'target_update: soft', 'target_update is hard', 'target_update: hard'],
    ['end_factor_lr_decay: 0.1', 'lr_schedule: linear', 'lr_schedule is constant', 'lr_schedule: constant'],
    ['sync_frequency: 50', 'target_update: hard', 'target_update is soft'],
    ['decay_rate: 0.1', 'lr_schedule: exponential', 'lr_schedule is linear'],
    ['grad_clip_norm: 3', 'use_grad_clip: true', 'use_grad_clip is false'],
    [
      'identity_embedding_mode: none',
      'use_parameter_sharing: teams',
      'use_parameter_sharing is false, so there are no ids',
      'use_parameter_sharing: false',
    ],
    ['python: python3.11', 'env_name: pettingzoo\nenv_id: mpe2.simple_v3', 'env_name is mpe'],
    ['python_timeout: 3', 'env_name: pettingzoo\nenv_id: mpe2.simple_v3', 'env_name is mpe'],
    ['use_grad_clip: true', 'dl_toolbox: torch', 'dl_toolbox mindspore never clips', 'dl_toolbox: mindspore'],
    ['priority_alpha: 0.5', 'replay: prioritized', 'replay is uniform'],
    ['priority_beta: 1', 'replay: prioritized', 'replay is uniform'],
    ['infer_entropy: 0.1', 'infer_policies: true\nuse_parameter_sharing: teams', 'infer_policies is false'],
    ['obsnorm_range: 4', 'use_obsnorm: true', 'use_obsnorm is false'],
    ['gumbel: straight_through', 'continuous_action: false', 'continuous_action is true'],
    ['gumbel_temperature: 2', 'continuous_action: false', 'continuous_action is true'],
    ['logit_regularization: 0', 'continuous_action: false', 'continuous_action is true'],
    [
      'action_regularization: 0.1',
      'env_id: simple_v3',
      'continuous_action is false',
      'continuous_action: false',
    ],
    ['gumbel_temperature: 2', 'env_name: custom\nenv_id: ./x.mjs', 'continuous_action is true'],
    ['arithmetic: plain', 'engine: wasm', 'engine tensorflow rounds in its own way', 'engine: tensorflow'],
    ['arithmetic: plain', 'device: cpu', 'engine tensorflow rounds in its own way', 'device: gpu'],
  ])('%s gets a warning unless %s', (text, on, because, off = '') => {
    const key = text.split(':')[0]!;
    expect(loadConfig({ text: `${text}\n${off}`, file: 'x.yaml' }).warnings).toStrictEqual([
      `x.yaml:1:${key.length + 3}: ${key} has no effect: ${because}`,
    ]);
    expect(loadConfig({ text: `${text}\n${on}`, file: 'x.yaml' }).warnings).toStrictEqual([]);
  });

  it.each([
    ['normalize: LayerNorm', '1:12: normalize has no effect: neither actors nor critics have hidden layers'],
    ['dropout: 0.5', '1:10: dropout has no effect: neither actors nor critics have hidden layers'],
  ])('%s gets a warning in networks without hidden layers', (text, sentence) => {
    const bare = `${text}\nactor_hidden_size: []\n`;
    expect(loadConfig({ text: bare, file: 'x.yaml' }).warnings).toStrictEqual([]);
    expect(loadConfig({ text: `${bare}critic_hidden_size: []`, file: 'x.yaml' }).warnings).toStrictEqual([
      `x.yaml:${sentence}`,
    ]);
  });

  it('from --set gets a warning located there', () => {
    expect(loadConfig({ text: 'seed: 2', file: 'x.yaml', sets: ['priority_beta=1'] }).warnings).toStrictEqual(
      ['--set priority_beta=1: priority_beta has no effect: replay is uniform'],
    );
  });
});
