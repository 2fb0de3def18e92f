import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { headOf } from '../../src/config/head.ts';
import type { Config } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { packagedConfigs } from '../../src/config/source.ts';
import { openChecked } from '../../src/run/train.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(`../../configs/${name}`, import.meta.url));
const configOf = (name: string): Config => loadConfig({ file: pathOf(name) }).config;

describe.each(packagedConfigs())('configs/%s', (name) => {
  it('loads without a warning and fits its environment', async () => {
    const loaded = loadConfig({ file: pathOf(name) });
    expect(loaded.warnings).toStrictEqual([]);
    await expect(openChecked(loaded)).resolves.toBeDefined();
  });

  it('states cost and expected return in its head', () => {
    const head = headOf(readFileSync(pathOf(name), 'utf8'));
    expect(head?.steps).toBe(configOf(name).running_steps);
    expect(head?.summary).toMatch(/^\S.{10,}\.$/);
  });
});

describe('headOf', () => {
  it('reads summary, budget and return', () => {
    const text =
      '# Two agents\n# meet. More.\n# Budget: 1,500 steps (2 s). Expected return: -6.8 (5 seeds).\nseed: 1\n';
    expect(headOf(text)).toStrictEqual({
      summary: 'Two agents meet.',
      steps: 1500,
      time: '2 s',
      expectedReturn: -6.8,
      note: '5 seeds',
    });
  });

  it('reads returns by side', () => {
    const text = '# A.\n# Budget: 9 steps. Expected return: eve -12.5, bob+alice 3 (scripted opponents).\n';
    expect(headOf(text)?.expectedReturn).toStrictEqual({ eve: -12.5, 'bob+alice': 3 });
  });

  it('returns null for what was not measured', () => {
    expect(headOf('# A.\n# Budget: 9 steps. Expected return: not measured.\n')).toStrictEqual({
      summary: 'A.',
      steps: 9,
      time: null,
      expectedReturn: null,
      note: null,
    });
    expect(headOf('# No budget.\nseed: 1\n')).toBeUndefined();
  });
});

describe("XuanCe's settings", () => {
  const fixture = (generation: string, name = 'simple_spread_v3'): string =>
    fileURLToPath(new URL(`fixtures/${generation}/maddpg/${name}.yaml`, import.meta.url));
  /** simple_spread has one team: its agents are all agents. */
  const oneTeam = { model_dir: 'runs', use_parameter_sharing: true, critic_scope: 'all' };

  it.each(['simple_adversary_v3', 'simple_push_v3', 'simple_spread_v3'])(
    'of 1.4.4 for %s equal its file, except for the results folder',
    (name) => {
      const original = loadConfig({ file: fixture('1.4.4', name) }).config;
      expect(configOf(`xuance/maddpg/${name}.yaml`)).toStrictEqual({ ...original, model_dir: 'runs' });
    },
  );

  it('of the documented generation equal its file', () => {
    const original = loadConfig({ file: fixture('documented') }).config;
    const packaged = configOf('xuance/documented/simple_spread_v3.yaml');
    expect(packaged).toStrictEqual({ ...original, ...oneTeam });
    expect(packaged.update_order).toBe('actor_first');
  });

  it('for MindSpore equal that file with dl_toolbox mindspore and its output activation', () => {
    const sets = ['dl_toolbox=mindspore', 'activation_action=tanh', 'use_grad_clip=false'];
    const original = loadConfig({ file: fixture('documented'), sets }).config;
    const packaged = configOf('xuance/documented/simple_spread_v3_mindspore.yaml');
    expect(packaged).toStrictEqual({ ...original, ...oneTeam });
  });

  it('for MindSpore equal those of the recorded update', () => {
    const data = readFileSync(new URL('../golden/data/learner_golden.json.gz', import.meta.url));
    const cases = JSON.parse(gunzipSync(data).toString()) as Record<
      string,
      { config: Record<string, unknown> & { lr_schedule: { kind: string; decay_rate: number } } }
    >;
    const { lr_schedule, ...recorded } = cases['mindspore_native']!.config;
    const packaged = configOf('xuance/documented/simple_spread_v3_mindspore.yaml');
    for (const key of [
      'agent',
      'dl_toolbox',
      'update_order',
      'activation',
      'negative_slope',
      'activation_action',
      'use_parameter_sharing',
      'use_grad_clip',
      'gamma',
      'learning_rate_actor',
      'learning_rate_critic',
    ] as const)
      expect([key, packaged[key]]).toStrictEqual([key, recorded[key]]);
    expect([packaged.lr_schedule, packaged.decay_rate]).toStrictEqual([
      lr_schedule.kind,
      lr_schedule.decay_rate,
    ]);
  });
});
