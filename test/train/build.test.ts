import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { UserError } from '../../src/core/user-error.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import { openChecked } from '../../src/run/train.ts';
import { withoutEffect } from '../../src/train/checks.ts';

/** The faults of a config, without their places. */
async function faults(keys: Partial<Config>): Promise<readonly string[]> {
  try {
    (await openChecked(loadConfig({ keys }))).close();
  } catch (error) {
    if (error instanceof UserError)
      return error.faults.map((fault) => fault.replace(/^(config|default): /, ''));
    throw error;
  }
  return [];
}

describe('withoutEffect', () => {
  it('warns about critic_reward with single-agent teams', () => {
    const sentences = (env_id: string, critic_reward: 'agent' | 'team'): string[] =>
      withoutEffect(
        loadConfig({ flags: { critic_reward } }).config,
        makeVectorEnv(env_id, { continuous_actions: true }, 1).spec,
      );
    expect(sentences('simple_push_v3', 'team')).toEqual([
      'critic_reward team has no effect: every team of the environment is one agent',
    ]);
    expect(sentences('simple_push_v3', 'agent')).toEqual([]);
    expect(sentences('simple_spread_v3', 'team')).toEqual([]);
  });

  it('warns about a curriculum that no callback advances', () => {
    const sentences = (curriculum: boolean): string[] => {
      const { config } = loadConfig({ flags: { env_options: { curriculum } } });
      return withoutEffect(config, makeVectorEnv('simple_spread_v3', { curriculum }, 1).spec);
    };
    expect(sentences(true)).toEqual([
      'env_options.curriculum: training stays at stage 0 unless a callback of train() calls setCurriculumStage; ' +
        'set it to false to train on the whole task',
    ]);
    expect(sentences(false)).toEqual([]);
  });
});

describe('openChecked', () => {
  it('accepts the defaults', async () => {
    expect(await faults({})).toEqual([]);
  });

  it('rejects augmentation without declared symmetries, or with too many', async () => {
    const augmentation = 'symmetries';
    expect(await faults({ augmentation, env_id: 'simple_crypto_v3' })).toEqual([
      'augmentation: expected none (simple_crypto_v3 declares no symmetries), got "symmetries"',
    ]);
    expect(await faults({ augmentation, env_options: { N: 30 } })).toEqual([
      'augmentation: expected symmetries of at most 4194304 table entries, got 5194800 of simple_spread_v3 with 30 agents; ' +
        'set augmentation to none or lower the number of agents',
    ]);
    expect(await faults({ augmentation })).toEqual([]);
  });

  it('rejects env_options.continuous_actions, which continuous_action sets', async () => {
    expect(await faults({ env_options: { continuous_actions: false } })).toEqual([
      'env_options.continuous_actions: expected no such option (the key continuous_action sets it), got false',
    ]);
  });

  it('rejects soft learners and target smoothing for discrete actions', async () => {
    const discrete = { continuous_action: false };
    expect(await faults({ ...discrete, agent: 'MASAC' })).toEqual([
      'agent: expected MADDPG, MATD3 or IDDPG (agent_0, agent_1, agent_2 have discrete actions), got MASAC; ' +
        'or set continuous_action to true',
    ]);
    expect(await faults({ ...discrete, agent: 'MATD3', target_noise: 0.2 })).toEqual([
      'target_noise: expected 0 (agent_0, agent_1, agent_2 have discrete actions), got 0.2',
    ]);
    expect(await faults({ ...discrete, agent: 'MATD3' })).toEqual([]);
  });

  it('rejects sharing between Discrete and Box actions, and trains them separately', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-build-'));
    const file = path.join(folder, 'env.mjs');
    fs.writeFileSync(
      file,
      `export default () => ({
        name: 'env', possibleAgents: ['a', 'b'], agents: ['a', 'b'],
        observationSpace: () => ({ kind: 'box', shape: [1], low: 0, high: 1 }),
        actionSpace: (agent) =>
          agent === 'a' ? { kind: 'discrete', n: 2 } : { kind: 'box', shape: [2], low: 0, high: 1 },
        reset: () => ({ observations: { a: new Float32Array(1), b: new Float32Array(1) }, infos: { a: {}, b: {} } }),
        step: () => undefined,
      });`,
    );
    try {
      const custom = { env_name: 'custom', env_id: file } as const;
      expect(await faults(custom)).toEqual([
        'use_parameter_sharing: expected agents of one kind of action space in a group, got a (discrete) and b (box); ' +
          'set use_parameter_sharing: false',
      ]);
      const apart = { ...custom, use_parameter_sharing: false } as const;
      expect(await faults(apart)).toEqual([]);
      expect(await faults({ ...apart, agent: { a: 'IDDPG', b: 'ISAC' } })).toEqual([]);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('rejects infer_policies if one group has all agents', async () => {
    const infer = { infer_policies: true } as const;
    expect(await faults({ ...infer, use_parameter_sharing: 'teams' })).toEqual([
      'infer_policies: expected false if one group has all agents (agent_0, agent_1, agent_2), got true; ' +
        'set use_parameter_sharing to false',
    ]);
    expect(await faults({ ...infer, use_parameter_sharing: false, env_id: 'simple_v3' })).toEqual([
      'infer_policies: expected false if one group has all agents (agent_0), got true; ' +
        'a single agent has no others to infer',
    ]);
    expect(await faults({ ...infer, use_parameter_sharing: false })).toEqual([]);
  });

  it('rejects unknown environments, options and agent names, by key', async () => {
    expect((await faults({ env_id: 'simple_spread' }))[0]).toMatch(
      /^env_id: expected one of .*, got simple_spread; did you mean simple_spread_v3\?$/,
    );
    expect((await faults({ env_options: { n: 3 } }))[0]).toMatch(/^env_options\.n: expected .*/);
    expect(await faults({ use_parameter_sharing: [['agent_0', 'agent_1', 'agent_3']] })).toEqual([
      'use_parameter_sharing: expected every agent of agent_0, agent_1, agent_2 once, got ' +
        '[["agent_0","agent_1","agent_3"]]',
    ]);
  });
});
