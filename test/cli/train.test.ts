import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { filesBelow, newestWeights, runCli, temporaryFolder, TINY, type CliResult } from './run-cli.ts';

const cwd = temporaryFolder();
const run = path.join(cwd, 'runs', 'first');
let first: CliResult;
let second: CliResult;
beforeAll(async () => {
  [first, second] = await Promise.all([
    runCli(cwd, ['train', ...TINY, '--name', 'first']),
    runCli(cwd, ['train', ...TINY, '--name', 'second', '--json']),
  ]);
});

const CHECKPOINT_FILES = [
  'config.yaml',
  'manifest.json',
  'optimizer.safetensors',
  'policy.json',
  'provenance.json',
  'replay.bin',
  'rollout.bin',
  'state.json',
  'weights.safetensors',
];

describe('maddpg train', () => {
  it('writes every file of the run directory', () => {
    expect(first.code).toBe(0);
    const events = filesBelow(run).filter((file) => file.startsWith('events.out.tfevents.'));
    expect(events).toHaveLength(1);
    expect(filesBelow(run)).toEqual(
      [
        'config.yaml',
        'log.jsonl',
        'metrics.csv',
        'metrics.jsonl',
        ...events,
        'checkpoints/best',
        'checkpoints/latest',
        ...['step-000000100', 'step-000000200'].flatMap((folder) =>
          CHECKPOINT_FILES.map((file) => `checkpoints/${folder}/${file}`),
        ),
      ].sort(),
    );
    expect(fs.readFileSync(path.join(run, 'checkpoints/latest'), 'utf8').trim()).toBe('step-000000200');
  });

  it('records the documented metrics in metrics.jsonl and metrics.csv', () => {
    const records = fs
      .readFileSync(path.join(run, 'metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number>);
    expect(records.map(({ step }) => step)).toEqual([100, 200]);
    const keys = [
      'step',
      'wall_s',
      'train/episode_return',
      'train/episode_return/agent_0',
      'train/episode_return/agent_1',
      'train/episode_return/agent_2',
      'train/episode_length',
      'test/episode_return_mean',
      'test/episode_return_mean/agent_0',
      'test/episode_return_mean/agent_1',
      'test/episode_return_mean/agent_2',
      'test/episode_return_std',
      'test/episode_length',
      'test/saturated_outputs',
      'test/q_mean',
      'test/q_bias',
      'learner/learning_rate_actor',
      'learner/learning_rate_critic',
      'learner/loss_actor',
      'learner/loss_critic',
      'learner/predictQ',
      'learner/grad_norm_actor',
      'learner/grad_norm_critic',
      'replay/age',
      'rollout/noise_scale',
      'speed/env_steps_per_second',
      'speed/updates_per_second',
    ];
    for (const record of records) expect(Object.keys(record).sort()).toEqual(keys.toSorted());

    const [header, ...rows] = fs.readFileSync(path.join(run, 'metrics.csv'), 'utf8').trimEnd().split('\n');
    const columns = header!.split(',');
    expect(
      rows.map((row) => Object.fromEntries(row.split(',').map((cell, c) => [columns[c]!, Number(cell)]))),
    ).toEqual(records);
  });

  it('prints results, checkpoint and next commands on standard output', () => {
    const lines = first.stdout.split('\n');
    expect(lines[0]).toMatch(/^return {3}-\d+\.\d\d \(std \d+\.\d\d\) over 2 greedy episodes$/);
    expect(lines[1]).toMatch(/^best {5}-\d+\.\d\d at step [12]00$/);
    expect(lines[2]).toMatch(/^steps {4}200 in [\d.]+ s, [\d,]+ steps\/s$/);
    expect(lines[3]).toMatch(/^updates {2}40, engine \w+$/);
    expect(lines[4]).toMatch(/^run {6}runs\/first, [\d.]+ kB, checkpoint step-000000200$/);
    const best = lines[1]!.endsWith(' 200') ? [] : ['  npx maddpg eval --checkpoint runs/first --best'];
    expect(lines.slice(5)).toEqual([
      '',
      'next:',
      '  npx maddpg eval --checkpoint runs/first',
      ...best,
      '  npx maddpg replay runs/first',
      '  npx maddpg report runs/first',
      '  tensorboard --logdir runs',
      '',
    ]);
  });

  it('quotes paths in printed commands', async () => {
    const { stdout } = await runCli(cwd, ['train', ...TINY, '--name', 'my run 3']);
    expect(stdout.split('\n')).toContain("  npx maddpg eval --checkpoint 'runs/my run 3'");
  });

  it('shows progress on standard error only', () => {
    expect(first.stderr.split('\n')[0]).toBe('training in runs/first');
    expect(first.stderr).toMatch(/^step 100: return -\d+\.\d\d over 2 greedy episodes \(best\)$/m);
    expect(first.stdout).not.toContain('step 100:');
  });

  it('prints only one JSON document with --json', () => {
    expect(second.code).toBe(0);
    expect(second.stdout.endsWith('}\n')).toBe(true);
    const summary = JSON.parse(second.stdout) as Record<string, unknown>;
    expect(summary).toMatchObject({
      run: 'runs/second',
      checkpoint: 'runs/second/checkpoints/step-000000200',
      steps: 200,
      updates: 40,
      final: { mean: expect.any(Number) as number, std: expect.any(Number) as number, episodes: 2 },
      best: { step: expect.any(Number) as number, mean: expect.any(Number) as number },
    });
    for (const key of ['wall_s', 'env_steps_per_second']) expect(summary[key], key).toBeGreaterThan(0);
  });

  it('gives the same weights for the same seed, bit for bit', () => {
    expect(newestWeights(run).equals(newestWeights(path.join(cwd, 'runs', 'second')))).toBe(true);
  });

  it('gives the same weights on wasm and reference, with one and three threads', async () => {
    const engines = ['reference', 'wasm'].map((engine) => `--set=engine=${engine}`);
    const runs = [[engines[0]!], [engines[1]!, '--set=threads=3']];
    for (const [k, settings] of runs.entries()) {
      const name = `engine-${k}`;
      const { code, stderr } = await runCli(cwd, ['train', ...TINY, ...settings, '--name', name, '--quiet']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(newestWeights(run).equals(newestWeights(path.join(cwd, 'runs', name)))).toBe(true);
    }
  });

  it('gives different weights for another --seed, and prints only the summary with --quiet', async () => {
    const other = await runCli(cwd, ['train', ...TINY, '--name', 'other', '--seed', '2', '--quiet']);
    expect({ ...other, stdout: other.stdout.split(' ')[0] }).toEqual({
      code: 0,
      stdout: 'return',
      stderr: '',
    });
    expect(newestWeights(run).equals(newestWeights(path.join(cwd, 'runs', 'other')))).toBe(false);
  });

  it('sets seed and env_seed by --seed, in config.yaml and in the log', () => {
    const other = path.join(cwd, 'runs', 'other');
    const config = fs.readFileSync(path.join(other, 'config.yaml'), 'utf8');
    expect(config.match(/^(env_)?seed: .*$/gm)).toEqual(['seed: 2', 'env_seed: 2']);
    const [started] = fs.readFileSync(path.join(other, 'log.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(started!)).toMatchObject({ msg: 'started', seed: 2, env_seed: 2 });
  });

  it('reproduces a run from its config.yaml', async () => {
    const again = await runCli(cwd, ['train', '--config', `${run}/config.yaml`, '--name', 'again']);
    expect(again.code).toBe(0);
    expect(newestWeights(run).equals(newestWeights(path.join(cwd, 'runs', 'again')))).toBe(true);
  });

  it('takes one --seed only', async () => {
    expect(await runCli(cwd, ['train', ...TINY, '--seed=1', '--seed=2'])).toEqual({
      code: 2,
      stdout: '',
      stderr: '--seed: expected one value, got 1 and 2; leave one out\n',
    });
  });

  it('appends a suffix to a taken name from a file, and says so', async () => {
    const again = await runCli(cwd, ['train', '--config', `${run}/config.yaml`, '--quiet', '--json']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ run: 'runs/first-2' });
    expect(again.stderr).toMatch(
      /^warning: .*\/runs\/first\/config\.yaml:\d+:7: the name first is taken; the run is first-2\n$/,
    );
    const named = await runCli(cwd, ['train', '--config', `${run}/config.yaml`, '--set', 'name=first']);
    expect([named.code, named.stderr]).toEqual([
      2,
      "--name: expected a new run, got 'first', which exists; choose another --name, or resume it with " +
        '--resume runs/first\n',
    ]);
  });

  it('takes several --config; later ones win', async () => {
    fs.writeFileSync(path.join(cwd, 'basic.yaml'), 'name: layered\nseed:\nlog_interval: 100\n');
    const { code, stdout, stderr } = await runCli(cwd, [
      'train',
      '--config=basic.yaml',
      ...TINY,
      '--set=name=null',
      '--quiet',
      '--json',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ run: 'runs/maddpg-simple_spread_v3-seed1' });
  });

  it('rejects an existing --name with the command to resume', async () => {
    const before = filesBelow(run);
    expect(await runCli(cwd, ['train', ...TINY, '--name', 'first'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        "--name: expected a new run, got 'first', which exists; choose another --name, or resume it with " +
        '--resume runs/first\n',
    });
    expect(filesBelow(run)).toEqual(before);
  });

  it('stops a diverging run with exit code 1, naming tensor, step and last good checkpoint', async () => {
    const diverging = await runCli(cwd, [
      'train',
      ...TINY,
      '--name=wild',
      '--set=learning_rate_critic=1e30',
      '--set=save_interval=20',
    ]);
    expect(diverging.code).toBe(1);
    expect(diverging.stdout).toBe('');
    const last = diverging.stderr.trimEnd().split('\n').at(-1)!;
    expect(last).toMatch(
      /^step \d+: gradient of (actor|critic)\/shared: expected finite numbers, got (NaN|-?Infinity); lower learning_rate_actor and learning_rate_critic, or set use_grad_clip: true; the last good checkpoint is runs\/wild\/checkpoints\/step-000000040$/,
    );
    expect(diverging.stderr).not.toMatch(/^ {4}at /m);
  });
});
