import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openChecked } from '../../src/run/train.ts';
import { faultsOf } from './faults.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));
const fixture = (name: string): string => join(FIXTURES, `${name}.yaml`);

/** `<generation>/<algorithm>/<environment>`, without basic.yaml. */
const FILES = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /^[^/]+\/[^/]+\/.*\.yaml$/.test(name))
  .map((name) => name.replace('.yaml', ''))
  .sort();

/** Warnings without the file name. */
function warningsOf(name: string, sets: readonly string[] = []): string[] {
  const file = fixture(name);
  return loadConfig({ file, sets }).warnings.map((line) => line.replace(`${file}:`, ''));
}

/** Common properties of all files. */
const published: Partial<Config> = {
  env_name: 'mpe',
  continuous_action: true,
  activation: 'leaky_relu',
  activation_action: 'sigmoid',
  seed: 1,
  parallels: 16,
  buffer_size: 100000,
  batch_size: 256,
  learning_rate_actor: 0.01,
  learning_rate_critic: 0.001,
  lr_schedule: 'linear',
  gamma: 0.95,
  tau: 0.001,
  running_steps: 10000000,
  eval_interval: 100000,
  test_episode: 5,
};

describe("XuanCe's own files", () => {
  it('are complete', () => {
    const counts = ['documented', '1.4.4', 'master'].map(
      (generation) => FILES.filter((name) => name.startsWith(`${generation}/`)).length,
    );
    expect(counts).toStrictEqual([15, 16, 4]);
  });

  it.each(FILES)('%s loads unchanged and fits its environment, also over its basic.yaml', async (name) => {
    const loaded = loadConfig({ file: fixture(name) });
    const { config } = loaded;
    const [generation, agent, env_id] = name.split('/') as [string, string, string];
    expect(config).toMatchObject({ ...published, agent: agent.toUpperCase(), env_id });
    await expect(openChecked(loaded)).resolves.toBeDefined();

    const basic = fixture(generation === 'master' ? '1.4.4/basic' : `${generation}/basic`);
    const layered = loadConfig({ file: [basic, fixture(name)] });
    expect(layered.config).toStrictEqual(config);
    expect(layered.warnings[0]).toMatch(`${basic}: not used, since they only concern XuanCe's machinery: `);
  });

  it.each(FILES.filter((name) => /^(?!documented).*spread/.test(name)))(
    '%s: one group, critics that see all, an update per 400 steps',
    (name) => {
      const { config } = loadConfig({ file: fixture(name) });
      expect(config).toMatchObject({
        use_parameter_sharing: name !== 'master/maddpg/simple_spread_v3',
        critic_scope: 'all',
        update_order: 'critic_first',
        end_factor_lr_decay: 0.5,
        start_training: 1000,
        training_frequency: 25,
        train_per_step: true,
      });
      const noise = /sac/.test(name) ? [0.1, 0.1] : [1, 0.01];
      expect([config.start_noise, config.end_noise]).toStrictEqual(noise);
    },
  );

  it.each(FILES.filter((name) => /^(?!documented).*(push|adversary|reference)/.test(name)))(
    '%s: a group and critics for each team, updates by steps',
    (name) => {
      expect(loadConfig({ file: fixture(name) }).config).toMatchObject({
        use_parameter_sharing: 'teams',
        critic_scope: /iddpg|isac/.test(name) ? 'all' : 'team',
        start_training: 1000,
        train_per_step: true,
      });
    },
  );

  it.each(FILES.filter((name) => name.startsWith('documented')))(
    '%s: a group and critics for each team, an update per round from the first on, constant noise',
    (name) => {
      const { config } = loadConfig({ file: fixture(name) });
      expect(config).toMatchObject({
        use_parameter_sharing: 'teams',
        critic_scope: /iddpg|isac/.test(name) ? 'all' : 'team',
        use_grad_clip: true,
        grad_clip_norm: 0.5,
        start_training: 0,
        train_per_step: false,
        training_frequency: 1,
        // Halved over 10,000,000 updates; this schedule spans 625,000.
        end_factor_lr_decay: 0.96875,
        update_order: /m?addpg|iddpg/.test(name) ? 'actor_first' : 'critic_first',
        actor_update_delay: name.includes('matd3') ? 3 : 2,
      });
      if (!name.includes('sac')) expect([config.start_noise, config.end_noise]).toStrictEqual([0.1, 0.1]);
    },
  );

  it.each([
    ['1.4.4/iddpg/simple_push_v3', 'teams', 'all', 0.5, 25],
    ['1.4.4/iddpg/simple_reference_v3', 'teams', 'all', 0.5, 25],
    ['master/iddpg/simple_spread_v3', true, 'all', null, 25],
    ['1.4.4/isac/simple_push_v3', 'teams', 'all', 0.5, 1],
    ['master/isac/simple_spread_v3', true, 'all', null, 25],
    ['1.4.4/maddpg/simple_push_v3', 'teams', 'team', null, 25],
    ['master/maddpg/simple_spread_v3', false, 'all', null, 25],
    ['1.4.4/masac/simple_push_v3', 'teams', 'team', 0.5, 25],
    ['1.4.4/masac/simple_spread_v3', true, 'all', null, 25],
    ['1.4.4/matd3/simple_push_v3', 'teams', 'team', 0.5, 25],
    ['master/matd3/simple_spread_v3', true, 'all', null, 25],
  ] as const)(
    'on master, %s: groups %s, critics see %s, clip norm %s, an update per %d vector steps',
    (name, use_parameter_sharing, critic_scope, clip, training_frequency) => {
      const [, agent, env_id] = name.split('/') as [string, string, string];
      const { config } = loadConfig({ file: [fixture('1.4.4/basic'), fixture(name)] });
      expect(config).toMatchObject({
        ...published,
        ...{ agent: agent.toUpperCase(), env_id, env_seed: 1, use_parameter_sharing, critic_scope },
        ...{ use_rnn: false, normalize: name.includes('masac/simple_spread') ? 'LayerNorm' : 'none' },
        ...{ use_grad_clip: clip !== null, ...(clip !== null && { grad_clip_norm: clip }) },
        ...{ train_per_step: true, training_frequency, start_training: 1000, actor_update_delay: 2 },
        ...{ actor_hidden_size: [64, 64], critic_hidden_size: [64, 64] },
      });
    },
  );

  it('say in one line each what basic.yaml lacks by itself', () => {
    const basic = fixture('1.4.4/basic');
    expect(faultsOf({ file: basic }).map((line) => line.replace(`${basic}:`, ''))).toStrictEqual([
      '12:1: agent: expected one of MADDPG, MATD3, IDDPG, ISAC, MASAC, or a mapping of teams to them, got nothing',
      '13:1: env_name: expected one of mpe, custom, pettingzoo, got nothing',
      '14:1: env_id: expected a string, got nothing',
      '18:17: representation: expected "Basic_Identical" or, with use_rnn, "Basic_RNN", got "Basic_MLP"; ignoring it would change the result',
      '20:29: representation_hidden_size: expected [] unless representation is Basic_Identical, got [256]; ignoring it would change the result',
      '29:16: learning_rate: expected learning_rate_actor and learning_rate_critic beside it, got 0.0004; ignoring it would change the result',
    ]);
  });

  it('get one warning per topic', () => {
    const unused = " not used, since they only concern XuanCe's machinery:";
    const groups = 'trains each team by itself: use_parameter_sharing teams';
    const teams = `${groups}, critic_scope team`;
    const loop = "8:9: XuanCe's Pettingzoo_Runner always trains with";
    const older = 'in the XuanCe releases that have this key';
    expect(warningsOf('1.4.4/maddpg/simple_spread_v3')).toStrictEqual([
      `${unused} learner, policy, representation, vectorize, runner, representation_hidden_size, use_actions_mask, log_dir`,
    ]);
    expect(warningsOf('1.4.4/maddpg/simple_push_v3')).toStrictEqual([
      `${unused} learner, policy, representation, vectorize, representation_hidden_size, use_actions_mask, log_dir`,
      `10:9: XuanCe's RunnerCompetition ${teams}`,
    ]);
    expect(warningsOf('1.4.4/isac/simple_adversary_v3').slice(1, 3)).toStrictEqual([
      `10:9: XuanCe's RunnerPettingzoo ${groups}`,
      "34:17: XuanCe's RunnerPettingzoo always trains with train_per_step true",
    ]);
    expect(warningsOf('documented/maddpg/simple_spread_v3')).toStrictEqual([
      `${unused} policy, representation, vectorize, representation_hidden_size, log_dir`,
      `8:9: XuanCe's Pettingzoo_Runner ${teams}`,
      `${loop} start_training 0, end_factor_lr_decay 0.96875`,
      `20:7: lr_a: update_order actor_first, as ${older}`,
    ]);
    expect(warningsOf('documented/iddpg/simple_push_v3')).toStrictEqual([
      `${unused} policy, representation, vectorize, log_dir`,
      `8:9: XuanCe's Pettingzoo_Runner ${groups}`,
      `${loop} start_training 0, start_noise 0.1, end_noise 0.1, end_factor_lr_decay 0.96875`,
      '10:29: representation_hidden_size has no effect: representation Basic_Identical has no layers',
    ]);
    expect(warningsOf('documented/matd3/simple_push_v3').slice(2)).toStrictEqual([
      `${loop} start_training 0, start_noise 0.1, end_noise 0.1, actor_update_delay 3, end_factor_lr_decay 0.96875`,
    ]);
    expect(warningsOf('documented/masac/simple_push_v3').slice(2)).toStrictEqual([
      `${loop} start_training 0, end_factor_lr_decay 0.96875`,
      `20:7: lr_a: MASAC moved actors first ${older}; here critics move first`,
    ]);
  });
});
