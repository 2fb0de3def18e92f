import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { register } from '../../src/cli/config.ts';
import { explain } from '../../src/config/explain.ts';
import { loadConfig } from '../../src/config/load.ts';
import { jsonSchema } from '../../src/config/schema.ts';
import { showConfig } from '../../src/config/show.ts';
import { packagedConfigs, resolveConfigPath } from '../../src/config/source.ts';

/** Output of `maddpg config ...`. */
async function run(...args: string[]): Promise<{ out: string; err: string }> {
  const written = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true));
  try {
    const program = new Command('maddpg').exitOverride();
    register(program);
    await program.parseAsync(['config', ...args], { from: 'user' });
  } finally {
    vi.restoreAllMocks();
  }
  return written;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('maddpg config', () => {
  it('check summarizes a valid configuration', async () => {
    expect(await run('check', 'xuance/maddpg/simple_spread_v3')).toStrictEqual({
      out: 'xuance/maddpg/simple_spread_v3: ok (MADDPG on simple_spread_v3, 10000000 steps, one update per 400 steps)\n',
      err: '',
    });
  });

  it('check prints warnings on standard error', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'maddpg-config-'));
    const file = join(folder, 'x.yaml');
    await writeFile(file, 'logger: wandb\ntrain_per_step: False\n');
    expect(await run('check', file)).toStrictEqual({
      out: `${file}: ok (MADDPG on simple_spread_v3, 10000000 steps, one update per 25 rounds of episodes)\n`,
      err: `warning: ${file}: not used, since they only concern XuanCe's machinery: logger\n`,
    });
    await writeFile(file, 'seed: 1\ngama: 1\n');
    await expect(run('check', file)).rejects.toThrow(
      `${file}:2:1: gama: expected a known key, got "gama"; did you mean gamma?`,
    );
    await rm(folder, { recursive: true });
  });

  it('check runs no code of a custom environment or in Python, unless asked to', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'maddpg-config-'));
    const [file, python, mark] = ['x.yaml', 'y.yaml', 'mark'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(
      join(folder, 'env.mjs'),
      `import fs from 'node:fs'; fs.writeFileSync(${JSON.stringify(mark)}, '');`,
    );
    await writeFile(file, 'env_name: custom\nenv_id: ./env.mjs\n');
    await writeFile(python, `env_name: pettingzoo\nenv_id: os\npython: ./missing\n`);
    for (const [name, id] of [
      [file, join(folder, 'env.mjs')],
      [python, 'os'],
    ] as const)
      expect((await run('check', name)).out).toBe(
        `${name}: ok (MADDPG on ${id}, 10000000 steps, one update per 400 steps); environment not opened, since that ` +
          'runs its code: add --open-env\n',
      );
    expect(existsSync(mark)).toBe(false);
    await expect(run('check', file, '--open-env')).rejects.toThrow(
      `${file}:2:9: env_id: expected a module with a default export`,
    );
    expect(existsSync(mark)).toBe(true);
    await expect(run('check', python, '--open-env')).rejects.toThrow(
      `${python}:3:9: python: expected a Python`,
    );
    await rm(folder, { recursive: true });
  });

  it('check refuses code inside a configuration, and what its rules refuse, without opening anything', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'maddpg-config-'));
    const file = join(folder, 'x.yaml');
    await writeFile(file, 'env_name: custom\nenv_id: "data:text/javascript,export default 1"\n');
    await expect(run('check', file)).rejects.toThrow(
      `${file}:2:9: env_id: expected a path such as ./my-env.mjs, or an installed package, got a URL, ` +
        '"data:text/javascript,export default 1"; save the module as a file',
    );
    await writeFile(file, 'env_name: custom\nenv_id: my-env\nagent: ISAC\neval_policy: target\n');
    await expect(run('check', file)).rejects.toThrow(
      `${file}:4:14: eval_policy: expected online with agent ISAC`,
    );
    await rm(folder, { recursive: true });
  });

  it('check warns of a run that ends before its first update', async () => {
    const name = 'xuance/maddpg/simple_spread_v3';
    expect((await run('check', name, '--set', 'running_steps=1200')).err).toBe(
      'warning: --set running_steps=1200: running_steps: no update will be made in 1200 steps, as the first is due ' +
        'after 1200; raise it, or lower start_training or training_frequency\n',
    );
    expect((await run('check', name, '--set', 'running_steps=1216')).err).toBe('');
  });

  it('show prints the resolved YAML with overrides', async () => {
    const file = resolveConfigPath('mpe', process.cwd());
    const sets = ['seed=2', 'env_options.N=5'];
    const { out, err } = await run('show', 'mpe.yaml', '--set', sets[0]!, '--set', sets[1]!);
    expect(out).toBe(showConfig(loadConfig({ file, sets }).config));
    expect(out).toContain('\nseed: 2\n');
    expect(err).toBe('');
  });

  it('check and show take overrides and several files, as arguments or after --config', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'maddpg-config-'));
    const [basic, own] = [join(folder, 'basic.yaml'), join(folder, 'own.yaml')];
    await writeFile(basic, 'seed: 3\ntau: 0.5\n');
    await writeFile(own, 'seed: 4\n');
    const want = showConfig(loadConfig({ file: [basic, own], sets: ['gamma=0.5'] }).config);
    expect((await run('show', basic, own, '--set', 'gamma=0.5')).out).toBe(want);
    expect((await run('show', '--config', basic, '--config', own, '--set', 'gamma=0.5')).out).toBe(want);
    expect((await run('check', basic, own, '--set', 'running_steps=4000')).out).toBe(
      `${basic}, ${own}: ok (MADDPG on simple_spread_v3, 4000 steps, one update per 400 steps)\n`,
    );
    await expect(run('check', own, '--set', 'gamma=2')).rejects.toThrow(
      '--set gamma=2: gamma: expected a number from 0 to 1, got 2',
    );
    await expect(run('check')).rejects.toThrow(
      'config check: expected a file or the name of a packaged configuration, got nothing; try mpe.yaml',
    );
    await rm(folder, { recursive: true });
  });

  it('list shows packaged configurations with budget and expected return', async () => {
    const listed = JSON.parse((await run('list', '--json')).out) as Record<string, unknown>[];
    expect(listed.map(({ name }) => name)).toStrictEqual(packagedConfigs());
    expect(listed.find(({ name }) => name === 'mpe.yaml')).toStrictEqual({
      name: 'mpe.yaml',
      summary:
        'simple_spread in half a minute: three agents learn to cover three landmarks without colliding.',
      agent: 'MADDPG',
      env_id: 'simple_spread_v3',
      running_steps: 135000,
      // What was measured is in docs/results/.
      time: expect.stringMatching(/^\d\d s$/) as string,
      expected_return: expect.closeTo(-6.6, 0) as number,
      note: expect.stringMatching(/^IQM -6\.\d\d, 95 % interval .* 5 seeds$/) as string,
    });
    const { out } = await run('list');
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^name +agent +steps +time +return$/);
    expect(lines[1]).toMatch(/^mpe +MADDPG +135K +\d\d s +-6\.\d$/);
    expect(lines.find((line) => line.startsWith('smoke'))).toMatch(/ 2K +1 s +-$/);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines).toHaveLength(1 + listed.length);
  });

  it('explain prints one key, or all', async () => {
    expect((await run('explain', 'tau')).out).toBe(explain('tau'));
    expect((await run('explain')).out).toBe(explain());
    await expect(run('explain', 'tua')).rejects.toThrow(
      'config explain: expected a known key, got "tua"; did you mean tau?',
    );
  });

  it('schema prints the JSON Schema', async () => {
    expect(JSON.parse((await run('schema')).out)).toStrictEqual(jsonSchema());
  });

  it('shows a working example in every help text', async () => {
    const program = new Command('maddpg');
    register(program);
    const config = program.commands[0]!;
    expect(config.commands.map((command) => command.name())).toStrictEqual([
      'check',
      'show',
      'list',
      'explain',
      'schema',
    ]);
    for (const name of config.commands.map((command) => command.name())) {
      let help = '';
      vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((help += String(text)), true));
      config.commands.find((command) => command.name() === name)!.outputHelp();
      vi.restoreAllMocks();
      const line = /^ {2}\$ npx maddpg config (.*)$/m.exec(help)![1]!;
      expect(line.startsWith(name)).toBe(true);
      const { out } = await run(...line.replace(/ >.*/, '').split(' '));
      expect(out.length).toBeGreaterThan(20);
    }
  });
});
