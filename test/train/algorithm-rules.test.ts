import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/errors.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ALGORITHMS } from '../../src/learners/registry.ts';
import { warningsOf } from '../../src/run/train.ts';
import { algorithmRules } from '../../src/train/algorithm-rules.ts';

function faultsOf(text: string): readonly string[] {
  try {
    loadConfig({ text, file: 'x.yaml' }).check(algorithmRules());
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('unsupported keys of an algorithm', () => {
  it.each([
    [
      'dl_toolbox: mindspore\nagent: MATD3',
      '1:13: dl_toolbox: expected torch with agent MATD3, got "mindspore"; set dl_toolbox to torch or agent to MADDPG',
    ],
    [
      'agent: { x: MADDPG, y: ISAC }\nensemble_size: 2',
      '2:16: ensemble_size: expected 1 with agent MADDPG and ISAC, got 2; set ensemble_size to 1 or agent to MADDPG, MATD3 or IDDPG',
    ],
    [
      'use_parameter_sharing: teams\nagent: MASAC\ninfer_policies: true',
      '3:17: infer_policies: expected false with agent MASAC, got true; set infer_policies to false or agent to MADDPG or MATD3',
    ],
    [
      'agent: ISAC\neval_policy: target',
      '2:14: eval_policy: expected online with agent ISAC (ISAC and MASAC have no target actors), got "target"; set eval_policy to online or agent to MADDPG, MATD3 or IDDPG',
    ],
    [
      'eval_policy: target\nagent: { adversary: MADDPG, agent: MASAC }',
      '1:14: eval_policy: expected online with agent MADDPG and MASAC (ISAC and MASAC have no target actors), got "target"; set eval_policy to online or agent to MADDPG, MATD3 or IDDPG',
    ],
    [
      'update_order: actor_first\nagent: MATD3',
      '1:15: update_order: expected critic_first with agent MATD3, got "actor_first"; set update_order to critic_first or agent to MADDPG or IDDPG',
    ],
    [
      'agent: MATD3\ntarget_update: hard\nsync_frequency: 5',
      '3:17: sync_frequency: expected a multiple of actor_update_delay (2) with agent MATD3, which updates targets only then, got 5; set sync_frequency to 4 or 6',
    ],
  ])('are reported at the given key: %j', (text, fault) => {
    expect(faultsOf(text)).toStrictEqual([`x.yaml:${fault}`]);
  });

  it('do not include any default', () => {
    for (const name of Object.keys(ALGORITHMS)) expect(faultsOf(`agent: ${name}`), name).toStrictEqual([]);
  });

  it('follow from declared abilities, also for added algorithms', () => {
    const { MADDPG } = ALGORITHMS;
    const table = {
      ...ALGORITHMS,
      MINE: { ...MADDPG, abilities: { ...MADDPG.abilities, ensembles: false } },
    };
    const loaded = loadConfig({ text: 'agent: MINE\nensemble_size: 2', file: 'x.yaml', agents: ['MINE'] });
    expect(() => {
      loaded.check(algorithmRules(table));
    }).toThrow(
      'x.yaml:2:16: ensemble_size: expected 1 with agent MINE, got 2; set ensemble_size to 1 or agent to MADDPG, MATD3 or IDDPG',
    );
  });
});

describe("what XuanCe's runners imply", () => {
  it.each(Object.entries(ALGORITHMS))('follows from the design of %s', (agent, { abilities, design }) => {
    const { config } = loadConfig({
      text: `agent: ${agent}\nrunner: Pettingzoo_Runner\nsigma: 0.3\nstart_noise: 0.9\nend_noise: 0.1`,
    });
    const noisy = design.actorHead !== 'gaussian';
    const joint = abilities.keys.includes('critic_scope');
    expect([config.start_noise, config.end_noise]).toEqual(noisy ? [0.3, 0.3] : [0.9, 0.1]);
    expect(config.critic_scope).toBe(joint ? 'team' : 'all');
    const older = loadConfig({ text: `agent: ${agent}\nlr_a: 0.1\nlr_c: 0.1` }).config;
    expect(older.update_order).toBe(
      abilities.updateOrders.includes('actor_first') ? 'actor_first' : 'critic_first',
    );
  });
});

describe('an algorithm-specific key', () => {
  it.each([
    ['actor_update_delay: 3', 'agent: MATD3', 'agent is MADDPG'],
    ['target_noise: 0.2', 'agent: { a: MATD3, b: MADDPG }', 'agent is MADDPG'],
    ['target_noise_clip: 0.2', 'agent: MATD3\ntarget_noise: 0.2', 'agent is MADDPG'],
    ['use_automatic_entropy_tuning: false', 'agent: MASAC', 'agent is MADDPG'],
    ['alpha: 0.2', 'agent: ISAC\nuse_automatic_entropy_tuning: false', 'agent is MADDPG'],
    ['action_regularization: 0.1', 'agent: IDDPG', 'agent is MASAC', 'agent: MASAC'],
    ['critic_scope: team', 'agent: { a: ISAC, b: MASAC }', 'agent is IDDPG', 'agent: IDDPG'],
    ['use_global_state: true', 'agent: MASAC', 'agent is ISAC', 'agent: ISAC'],
    ['sigma: 0.3', 'continuous_action: true', 'continuous_action is false', 'continuous_action: false'],
  ])('%s gets a warning unless %s', (text, on, because, off = '') => {
    const key = text.split(':')[0]!;
    expect(warningsOf(loadConfig({ text: `${text}\n${off}`, file: 'x.yaml' }))).toStrictEqual([
      `x.yaml:1:${key.length + 3}: ${key} has no effect: ${because}`,
    ]);
    expect(warningsOf(loadConfig({ text: `${text}\n${on}`, file: 'x.yaml' }))).toStrictEqual([]);
  });

  it('is declared in abilities, and warned about otherwise', () => {
    const special = new Set(Object.values(ALGORITHMS).flatMap(({ abilities }) => abilities.keys));
    const matd3 = ['actor_update_delay', 'target_noise', 'target_noise_clip'];
    const soft = ['use_automatic_entropy_tuning', 'alpha'];
    expect([...special]).toStrictEqual([
      'action_regularization',
      'critic_scope',
      'use_global_state',
      ...matd3,
      ...soft,
    ]);
  });

  it('alpha gets a warning unless the temperature is fixed', () => {
    const text = 'agent: ISAC\nalpha: 0.2';
    expect(warningsOf(loadConfig({ text, file: 'x.yaml' }))).toStrictEqual([
      'x.yaml:2:8: alpha has no effect: use_automatic_entropy_tuning is true',
    ]);
  });

  it('for exploration noise gets a warning if all actors are stochastic', () => {
    const warnings = (agent: string): readonly string[] =>
      warningsOf(loadConfig({ text: `agent: ${agent}\nstart_noise: 0.3\nend_noise: 0.05`, file: 'x.yaml' }));
    expect(warnings('MASAC')).toStrictEqual([
      'x.yaml:2:14: start_noise has no effect: agent is MASAC',
      'x.yaml:3:12: end_noise has no effect: agent is MASAC',
    ]);
    expect(warnings('{ a: MASAC, b: ISAC }')).toHaveLength(2);
    expect(warningsOf(loadConfig({ text: 'agent: MASAC\nsigma: 0.3', file: 'x.yaml' }))).toStrictEqual([
      'x.yaml:2:8: sigma has no effect: agent is MASAC',
    ]);
    expect(warningsOf(loadConfig({ text: 'agent: MASAC', file: 'x.yaml' }))).toStrictEqual([]);
    expect(warnings('{ a: MASAC, b: IDDPG }')).toStrictEqual([]);
  });
});
