import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/keys.ts';
import { loadConfig, portable } from '../../src/config/load.ts';
import { showConfig } from '../../src/config/show.ts';
import { faultsOf } from './faults.ts';

describe('several files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'maddpg-layers-'));
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('are layered: later ones win, --set wins over all', () => {
    const basic = write('basic.yaml', 'seed: 1\ntau: 0.1\nenv_options: {N: 4}\nbatch_size: 32\n');
    const own = write('own.yaml', 'seed: 2\nenv_options: {max_cycles: 9}\n');
    const { config, where, source } = loadConfig({ file: [basic, own], sets: ['batch_size=64'] });
    expect(config).toMatchObject({ seed: 2, tau: 0.1, batch_size: 64, env_options: { max_cycles: 9 } });
    expect([where('tau'), where('seed'), where('batch_size')]).toStrictEqual([
      `${basic}:2:6`,
      `${own}:1:7`,
      '--set batch_size=64',
    ]);
    expect(source).toBe(own);
  });

  it('may leave keys empty in all but the last', () => {
    const basic = write('empty.yaml', 'seed:\nenv_id:\nactor_hidden_size:\nname:\n');
    const own = write('last.yaml', 'env_id: simple_v3\n');
    const loaded = loadConfig({ file: [basic, own] });
    expect(loaded.config).toStrictEqual(loadConfig({ file: own }).config);
    expect(loaded.givenBy('seed')).toBe('default');
    expect(faultsOf({ file: [own, basic] })[0]).toBe(
      `${basic}:1:1: seed: expected an integer from 0 to 4294967295, got nothing`,
    );
  });

  it('may use different spellings of a key', () => {
    const basic = write('older.yaml', 'lr_a: 0.5\n');
    const own = write('newer.yaml', 'learning_rate_actor: 0.25\n');
    expect(loadConfig({ file: [basic, own] }).config.learning_rate_actor).toBe(0.25);
  });

  it('report faults in order, each with its file', () => {
    const first = write('first.yaml', 'gama: 1\nbatch_size: 2000\n');
    const second = write('second.yaml', 'tau: 9\nbuffer_size: 1600\n');
    expect(faultsOf({ file: [first, second], sets: ['seed=x'] })).toStrictEqual([
      `${first}:1:1: gama: expected a known key, got "gama"; did you mean gamma?`,
      `${second}:1:6: tau: expected a number > 0 and <= 1, got 9`,
      `${second}:2:14: buffer_size: expected at least batch_size (2000), got 1600; lower batch_size or raise buffer_size`,
      '--set seed=x: seed: expected an integer from 0 to 4294967295, got "x"',
    ]);
  });

  it('resolve paths relative to their own folder', () => {
    const basic = write('below/basic.yaml', 'env_name: custom\nenv_id: ./env.mjs\n');
    const own = write('own.yaml', 'seed: 2\n');
    expect(loadConfig({ file: [basic, own] }).config.env_id).toBe(join(folder, 'below', 'env.mjs'));
    expect(loadConfig({ file: [basic, own], sets: ['env_id=./x.mjs'] }).config.env_id).toBe(
      join(process.cwd(), 'x.mjs'),
    );
  });
});

describe('portable', () => {
  const custom = (env_id: string): Config => loadConfig({ flags: { env_name: 'custom', env_id } }).config;

  it('writes modules relative to the folder', () => {
    const written = portable(custom('/project/envs/chase.mjs'), '/project/runs/chase');
    expect(written.env_id).toBe('../../envs/chase.mjs');
    const text = showConfig(written);
    expect(loadConfig({ text, file: '/elsewhere/runs/chase/config.yaml' }).config.env_id).toBe(
      '/elsewhere/envs/chase.mjs',
    );
    expect(portable(custom('/project/runs/chase/env.mjs'), '/project/runs/chase').env_id).toBe('./env.mjs');
  });

  it('leaves packages, distant modules and other environments unchanged', () => {
    expect(portable(custom('some-package/env'), '/project/runs/x').env_id).toBe('some-package/env');
    expect(portable(custom('/opt/env.mjs'), '/project/runs/x').env_id).toBe('/opt/env.mjs');
    const { config } = loadConfig({});
    expect(portable(config, '/project')).toStrictEqual(config);
  });

  it('does the same for Python interpreters', () => {
    const flags = { env_name: 'pettingzoo', python: '/project/venv/bin/python' } as const;
    const { config } = loadConfig({ flags });
    expect(portable(config, '/project/runs/x').python).toBe('../../venv/bin/python');
  });
});

describe('givenBy', () => {
  it('distinguishes defaults, files and the caller', () => {
    const text = 'tau: 0.5\nrunner: RunnerCompetition\n';
    const { givenBy } = loadConfig({ text, sets: ['seed=3'], flags: { gamma: 0.5 }, keys: { name: 'x' } });
    const keys = ['n_step', 'tau', 'critic_scope', 'seed', 'gamma', 'name'] as const;
    expect(keys.map(givenBy)).toStrictEqual(['default', 'file', 'file', 'caller', 'caller', 'caller']);
  });
});
