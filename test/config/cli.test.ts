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
import { resolveConfigPath } from '../../src/config/source.ts';

/** What `maddpg config ...` writes. */
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
  it('check says that a configuration is sound and what it does', async () => {
    expect(await run('check', 'xuance/maddpg/simple_spread_v3')).toStrictEqual({
      out: 'xuance/maddpg/simple_spread_v3: ok (MADDPG on simple_spread_v3, 10000000 steps, one update per 400 steps)\n',
      err: '',
    });
  });

  it('check puts warnings on standard error', async () => {
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

  it('show prints the resolved YAML with the overrides in it', async () => {
    const file = resolveConfigPath('mpe', process.cwd());
    const sets = ['seed=2', 'env_options.N=5'];
    const { out, err } = await run('show', 'mpe.yaml', '--set', sets[0]!, '--set', sets[1]!);
    expect(out).toBe(showConfig(loadConfig({ file, sets }).config));
    expect(out).toContain('\nseed: 2\n');
    expect(err).toBe('');
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

  it('has an example in the help of every command, and it works', async () => {
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
