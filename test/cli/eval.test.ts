import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT, runCli, startCli, temporaryFolder, TINY } from './run-cli.ts';

const cwd = temporaryFolder();
beforeAll(async () => {
  expect((await runCli(cwd, ['train', ...TINY, '--name', 'spread', '--quiet'])).code).toBe(0);
  // best and latest must differ for --best to have an effect.
  fs.writeFileSync(path.join(cwd, 'runs/spread/checkpoints/best'), 'step-000000100\n');
});

interface Summary {
  readonly mean: number;
  readonly std: number;
  readonly ci95: readonly [number, number];
  readonly per_agent: Readonly<Record<string, { readonly mean: number; readonly std: number }>>;
  readonly per_team: Readonly<Record<string, { readonly mean: number; readonly std: number }>>;
}

interface Document {
  readonly checkpoint: string;
  readonly policy: Summary;
  readonly random: Summary;
}

async function evaluate(...args: string[]): Promise<Document> {
  const { code, stdout, stderr } = await runCli(cwd, ['eval', '--json', '--episodes=4', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Document;
}

describe.concurrent('maddpg eval', () => {
  it('prints a table by agent and team, with the random baseline', async () => {
    const { code, stdout, stderr } = await runCli(cwd, [
      'eval',
      '--checkpoint=runs/spread',
      '--episodes=3',
      '--seed=5',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'runs/spread/checkpoints/step-000000200',
      'simple_spread_v3, 3 episodes, seed 5',
      '',
      expect.stringMatching(/^return {9}policy +uniform random$/),
    ]);
    expect(lines.slice(4).map((line) => line.split(/ {2,}/)[0])).toEqual([
      'mean',
      '95 % interval',
      'team agent',
      'agent_0',
      'agent_1',
      'agent_2',
      '',
      "std: over episodes; 95 % interval: of the mean, by Student's t",
      '',
    ]);
  });

  it('prints consistent JSON with --json', async () => {
    const document = await evaluate('--checkpoint=runs/spread');
    expect(document).toMatchObject({
      checkpoint: 'runs/spread/checkpoints/step-000000200',
      env_id: 'simple_spread_v3',
      episodes: 4,
      seed: 0,
    });
    for (const { mean, std, ci95, per_agent, per_team } of [document.policy, document.random]) {
      expect(std).toBeGreaterThan(0);
      expect((ci95[0] + ci95[1]) / 2).toBeCloseTo(mean, 12);
      // t of 3 degrees of freedom; std is the population's, hence the 3.
      expect((ci95[1] - ci95[0]) / 2).toBeCloseTo((3.18244630528 * std) / Math.sqrt(3), 9);
      expect(Object.keys(per_agent)).toEqual(['agent_0', 'agent_1', 'agent_2']);
      const agents = Object.values(per_agent);
      expect(agents.reduce((sum, agent) => sum + agent.mean, 0) / 3).toBeCloseTo(mean, 12);
      expect(Object.keys(per_team)).toEqual(['agent']);
      expect(per_team['agent']).toEqual({ mean, std });
    }
    expect(document.random.mean).not.toBe(document.policy.mean);
  });

  it("evaluates a run's newest, a given, or the best checkpoint", async () => {
    const [newest, folder, best, first] = await Promise.all([
      evaluate('--checkpoint=runs/spread'),
      evaluate('--checkpoint=runs/spread/checkpoints/step-000000200'),
      evaluate('--checkpoint=runs/spread', '--best'),
      evaluate('--checkpoint=runs/spread/checkpoints/step-000000100'),
    ]);
    expect(folder.policy).toEqual(newest.policy);
    expect(best.checkpoint).toBe('runs/spread/checkpoints/step-000000100');
    expect(best.policy).toEqual(first.policy);
    expect(best.policy).not.toEqual(newest.policy);
    expect(best.random).toEqual(newest.random);
  });

  it('is reproducible by seed', async () => {
    const [a, b, other] = await Promise.all([
      evaluate('--checkpoint=runs/spread', '--seed=7'),
      evaluate('--checkpoint=runs/spread', '--seed=7'),
      evaluate('--checkpoint=runs/spread', '--seed=8'),
    ]);
    expect(b).toEqual(a);
    expect(other.policy.mean).not.toBe(a.policy.mean);
    expect(other.random.mean).not.toBe(a.random.mean);
  });

  it('evaluates no-op and scripted policies, by --checkpoint or --env', async () => {
    const [checkpoint, env, noop, random] = await Promise.all([
      evaluate('--checkpoint=runs/spread', '--policy=scripted'),
      evaluate('--env=simple_spread_v3', '--policy=scripted'),
      evaluate('--env=simple_spread_v3', '--policy=noop'),
      evaluate('--env=simple_spread_v3', '--policy=random'),
    ]);
    expect(env).toEqual({
      env_id: 'simple_spread_v3',
      episodes: 4,
      seed: 0,
      policy_name: 'scripted',
      policy: checkpoint.policy,
      random: checkpoint.random,
    });
    expect(env.policy.mean).toBeGreaterThan(-15);
    expect(noop.policy.mean).toBeLessThan(-15);
    expect(noop.policy).not.toEqual(noop.random);
    expect(random.policy).toEqual(env.random);
    const choices = await evaluate('--env=simple_v3', '--policy=scripted', '--set=continuous_action=false');
    expect(Object.keys(choices.policy.per_agent)).toEqual(['agent_0']);
  });

  it('names the policy in the table header', async () => {
    const { code, stdout } = await runCli(cwd, ['eval', '--env=simple_v3', '--policy=noop', '--episodes=2']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^simple_v3, 2 episodes, seed 0\n\nreturn {9}noop +uniform random\n/);
  });

  it.each([
    [['runs/spread'], 'eval: expected options only, got runs/spread; did you mean --checkpoint runs/spread?'],
    [
      ['my runs/a', '--best'],
      "eval: expected options only, got my runs/a; did you mean --checkpoint 'my runs/a'?",
    ],
    [
      ['--checkpoint=runs/spread', '--checkpoint=runs/b'],
      '--checkpoint: expected one value, got runs/spread and runs/b; leave one out',
    ],
    [[], 'eval: expected one of --checkpoint, --env and --cross, got none'],
    [
      ['--env=./mine.mjs', '--policy=random'],
      '--env: expected an environment listed by maddpg envs, got ./mine.mjs; for a custom environment add --set ' +
        'env_name=custom',
    ],
    [
      ['--checkpoint=runs/spread', '--env=simple_v3'],
      'eval: expected one of --checkpoint, --env and --cross, got two',
    ],
    [
      ['--env=simple_v3'],
      '--policy: expected random, noop or scripted with --env, got trained; name --checkpoint for a trained policy',
    ],
    [
      ['--env=simple_v3', '--policy=random', '--best'],
      '--best: expected --checkpoint, got --env, which has no checkpoints; leave it out',
    ],
    [
      ['--checkpoint=runs/spread', '--set=seed=1'],
      '--set: expected --env (a checkpoint has its own keys), got --checkpoint',
    ],
  ])('rejects %j with exit code 2', async (args, message) => {
    expect(await runCli(cwd, ['eval', ...args])).toEqual({ code: 2, stdout: '', stderr: `${message}\n` });
  });

  it('ends at once with exit code 130 on Ctrl-C, even in an environment that hangs', async () => {
    const source = fs.readFileSync(path.join(ROOT, 'examples', 'meeting.mjs'), 'utf8');
    const hang = "console.log('hanging'); for (;;);";
    const hanging = source.replace('steps += 1;', `steps += 1; ${hang}`);
    expect(hanging).toContain(hang);
    fs.writeFileSync(path.join(cwd, 'hanging.mjs'), hanging);
    const running = startCli(cwd, [
      'eval',
      '--env=./hanging.mjs',
      '--set=env_name=custom',
      '--policy=random',
    ]);
    await running.says('hanging');
    running.interrupt();
    expect(await running.ended).toEqual({ code: 130, stdout: '', stderr: 'hanging\n' });
  });

  it('rejects a damaged checkpoint with exit code 2, naming the file', async () => {
    const damaged = path.join(cwd, 'damaged');
    fs.cpSync(path.join(cwd, 'runs/spread/checkpoints/step-000000200'), damaged, { recursive: true });
    const weights = path.join(damaged, 'weights.safetensors');
    const bytes = fs.readFileSync(weights);
    bytes[bytes.length - 1]! ^= 1;
    fs.writeFileSync(weights, bytes);
    const { code, stdout, stderr } = await runCli(cwd, ['eval', '--checkpoint=damaged']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^damaged\/weights\.safetensors: expected .*, got .*\n$/);
  });
});
