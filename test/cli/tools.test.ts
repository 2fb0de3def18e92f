import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT, runCli, temporaryFolder } from './run-cli.ts';

const cwd = temporaryFolder();
const { version } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { version: string };

/** Standard output of a command that must succeed with empty standard error. */
async function output(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(cwd, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

describe.concurrent('maddpg envs', () => {
  it('lists environments with their number of agents', async () => {
    expect(await output('envs')).toMatch(/^simple_spread_v3 +3 agents$/m);
  });

  it('describes agents, spaces and options', async () => {
    const text = await output('envs', 'simple_spread_v3');
    expect(text.startsWith('simple_spread_v3\n\nsimple_spread: N agents cover N landmarks')).toBe(true);
    expect(text).toContain('\nReward     r_i = joint (1 - local_ratio) + own_i local_ratio\n');
    for (const agent of ['agent_0', 'agent_1', 'agent_2'])
      expect(text).toContain(
        `  ${agent}: observation Box(18), action Box(5) in [0, 1]; with continuous_action: false Discrete(5)\n`,
      );
    expect(text).toContain('\n  N: an integer from 1 to 256, default 3\n');
    expect(text).toContain('\n  max_cycles: an integer from 1 to 1000000000, default 25\n');
  });
});

describe.concurrent('maddpg doctor', () => {
  it('reports version, Node, processor and engines', async () => {
    const text = await output('doctor');
    expect(text).toMatch(new RegExp(`^maddpg +${version}$`, 'm'));
    expect(text).toMatch(
      new RegExp(`^Node +${process.version} on ${process.platform} ${process.arch}$`, 'm'),
    );
    expect(text).toMatch(/^engine reference +available$/m);
    expect(text).toMatch(
      /^engine tensorflow \(cpu\) +(available: TensorFlow \S+, sees no GPU|missing; npm install .*)$/m,
    );
  });

  it('reports the same as JSON with --json', async () => {
    const document = JSON.parse(await output('doctor', '--json')) as {
      engines: readonly { name: string; available: boolean }[];
    };
    expect(document).toMatchObject({ maddpg: version, node: process.version });
    expect(document.engines.find(({ name }) => name === 'reference')).toEqual({
      name: 'reference',
      device: 'cpu',
      available: true,
    });
  });
});

describe.concurrent('maddpg bench', () => {
  it('benchmarks a single environment', async () => {
    const figure = JSON.parse(await output('bench', '--only', 'simple_v3', '--json')) as Record<
      string,
      number
    >;
    expect(figure).toEqual({
      env_id: 'simple_v3',
      steps_per_second: expect.any(Number) as number,
      steps_per_second_max: expect.any(Number) as number,
    });
    expect(figure['steps_per_second']).toBeGreaterThan(0);
    expect(figure['steps_per_second_max']).toBeGreaterThanOrEqual(figure['steps_per_second']!);
  });

  it('rejects an unknown --only', async () => {
    expect(await runCli(cwd, ['bench', '--only', 'simple_v33'])).toEqual({
      code: 2,
      stdout: '',
      stderr: '--only: expected engine:threads such as wasm:2, or an environment, got simple_v33\n',
    });
  });
});

describe.concurrent('maddpg bench --parallel and --scaling', () => {
  it('--scaling --only measures one task', async () => {
    const document = JSON.parse(
      await output('bench', '--scaling', '--only', 'simple_spread_v3:3', '--json'),
    ) as {
      scaling: readonly Record<string, unknown>[];
    };
    expect(document.scaling).toMatchObject([
      { env_id: 'simple_spread_v3', agents: 3, observations: 54, parameters: 14_790, transition_kb: 0.532 },
    ]);
  });

  it('--scaling rejects an unknown task', async () => {
    const { code, stderr } = await runCli(cwd, ['bench', '--scaling', '--only', 'simple_spread_v3:4']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        '--only: expected one of simple_spread_v3:3, simple_spread_v3:6, simple_spread_v3:10, simple_spread_v3:20, ' +
        'simple_spread_v3:30, simple_tag_v3:6, simple_tag_v3:12, simple_tag_v3:24, got simple_spread_v3:4\n',
    });
  });

  it('--parallel does not combine with --scaling', async () => {
    const { code, stdout, stderr } = await runCli(cwd, ['bench', '--parallel', '--scaling']);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: "error: option '--parallel' cannot be used with option '--scaling'\n",
    });
  });
});

describe.concurrent('maddpg config', () => {
  it('check summarizes a valid file', async () => {
    expect(await output('config', 'check', 'smoke.yaml')).toBe(
      'smoke.yaml: ok (MADDPG on simple_spread_v3, 2000 steps, one update per 20 steps)\n',
    );
  });

  it("check accepts XuanCe's file unchanged and warns about ignored keys on standard error", async () => {
    const file = `${ROOT}/test/config/fixtures/1.4.4/maddpg/simple_spread_v3.yaml`;
    const { code, stdout, stderr } = await runCli(cwd, ['config', 'check', file]);
    expect(code).toBe(0);
    const summary = 'MADDPG on simple_spread_v3, 10000000 steps, one update per 400 steps';
    expect(stdout).toBe(`${file}: ok (${summary})\n`);
    expect(stderr).toMatch(/^warning: .*: not used, since they only concern XuanCe's machinery: .*\n$/);
    expect(await output('config', 'check', 'xuance/maddpg/simple_spread_v3.yaml')).toBe(
      `xuance/maddpg/simple_spread_v3.yaml: ok (${summary})\n`,
    );
  });

  it('show applies --set and validates like train', async () => {
    const shown = parse(await output('config', 'show', 'smoke.yaml', '--set', 'seed=9')) as object;
    expect(shown).toMatchObject({ seed: 9, batch_size: 64, tau: 0.01, optimizer_eps: 1e-5 });
    const wrong = await runCli(cwd, ['config', 'show', 'smoke.yaml', '--set', 'seed=x']);
    expect(wrong).toEqual({
      code: 2,
      stdout: '',
      stderr: '--set seed=x: seed: expected an integer from 0 to 4294967295, got "x"\n',
    });
  });

  it('schema covers every default key', async () => {
    const schema = JSON.parse(await output('config', 'schema')) as { properties: object };
    expect(schema.properties).toHaveProperty('training_frequency');
  });
});

describe.concurrent('maddpg --version', () => {
  it("prints package.json's version", async () => {
    expect(await output('--version')).toBe(`${version}\n`);
  });
});
