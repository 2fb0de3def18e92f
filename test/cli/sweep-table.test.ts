/** A small sweep, planned, half run and run, and what shows its results. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli, temporaryFolder } from './run-cli.ts';

const SWEEP = `
config: smoke.yaml
set: { running_steps: 200, start_training: 40, training_frequency: 4, buffer_size: 400, batch_size: 8, eval_interval: 100,
  actor_hidden_size: [8], critic_hidden_size: [8], test_episode: 2 }
grid: { tau: [0.01, 0.5] }
seeds: 2
confirm: { top: 1, seeds: [101], episodes: 3, test_seed: 1000 }
`;

const cwd = temporaryFolder();
const AGAIN = 'npx maddpg sweep run runs/tiny';

interface Table {
  readonly search: readonly { readonly group: string; readonly finished: number }[];
  readonly confirmed: readonly {
    readonly group: string;
    readonly scores: readonly { readonly score: number }[];
  }[];
  readonly open: readonly { readonly trial: string; readonly state: string }[];
  readonly next: string | null;
}

async function table(): Promise<Table> {
  const { code, stdout, stderr } = await runCli(cwd, ['sweep', 'table', 'runs/tiny', '--format=json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Table;
}

beforeAll(async () => {
  fs.writeFileSync(path.join(cwd, 'tiny.yaml'), SWEEP);
  expect((await runCli(cwd, ['sweep', 'plan', 'tiny.yaml'])).code).toBe(0);
});

describe('maddpg sweep table', () => {
  it('before the sweep has rows without scores, and the command that runs it', async () => {
    const { search, confirmed, open, next } = await table();
    expect(search.map(({ finished }) => finished)).toEqual([0, 0]);
    expect(confirmed).toEqual([]);
    expect(open.map(({ state }) => state)).toEqual(['waiting', 'waiting', 'waiting', 'waiting']);
    expect(next).toBe(AGAIN);
    const { stdout } = await runCli(cwd, ['sweep', 'table', 'runs/tiny']);
    expect(stdout.split('\n').at(-2)).toBe(`not finished: 4 not begun; continue: ${AGAIN}`);
  });

  it('after it has all seeds, the confirmed group apart, and nothing left', async () => {
    expect((await runCli(cwd, ['sweep', 'run', 'runs/tiny', '--workers=2'])).code).toBe(0);
    const { search, confirmed, open, next } = await table();
    expect(search.map(({ finished }) => finished)).toEqual([2, 2]);
    expect(confirmed.map(({ group }) => group)).toEqual([search[0]!.group]);
    const evaluation = path.join(cwd, 'runs/tiny/trials', `${confirmed[0]!.group}-s101`, 'evaluation.json');
    const { policy } = JSON.parse(fs.readFileSync(evaluation, 'utf8')) as { policy: { mean: number } };
    expect(confirmed[0]!.scores.map(({ score }) => score)).toEqual([policy.mean]);
    expect({ open, next }).toEqual({ open: [], next: null });
  });

  it('leaves nothing but the table on standard output for other programs', async () => {
    const { stdout, stderr } = await runCli(cwd, ['sweep', 'table', 'runs/tiny', '--format=csv']);
    expect(stdout.split('\r\n').map((line) => line.split(',')[0])).toEqual([
      ...['phase', 'confirm', 'search', 'search', ''],
    ]);
    expect(stderr).toBe('');
  });

  it('finds trials without replay buffers', () => {
    const files = fs.readdirSync(path.join(cwd, 'runs/tiny/trials'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => name.endsWith('weights.safetensors'))).not.toEqual([]);
    expect(files.filter((name) => name.endsWith('replay.bin'))).toEqual([]);
  });

  it('names what is no sweep', async () => {
    expect(await runCli(cwd, ['sweep', 'table', 'nowhere'])).toMatchObject({
      code: 2,
      stderr:
        'nowhere: expected the folder of a sweep (sweep.yaml and trials.jsonl), got no such folder; make one: npx maddpg ' +
        'sweep plan FILE\n',
    });
  });

  it('has a damaged evaluation named', async () => {
    const [{ group }] = (await table()).confirmed as [Table['confirmed'][0]];
    const file = `runs/tiny/trials/${group}-s101/evaluation.json`;
    const whole = fs.readFileSync(path.join(cwd, file));
    fs.writeFileSync(path.join(cwd, file), '{"policy"');
    expect(await runCli(cwd, ['sweep', 'table', 'runs/tiny'])).toMatchObject({
      code: 2,
      stderr: `${file}: expected what maddpg eval --json prints, got something else; remove it, and maddpg sweep run evaluates again\n`,
    });
    fs.writeFileSync(path.join(cwd, file), whole);
  });
});

describe('a sweep', () => {
  it('is reported in groups by the keys that differ', async () => {
    const flags = ['--no-players', '--json=r.json'];
    expect((await runCli(cwd, ['report', 'runs/tiny', ...flags])).code).toBe(0);
    const { groups } = JSON.parse(fs.readFileSync(path.join(cwd, 'r.json'), 'utf8')) as {
      groups: { group: string; runs: unknown[] }[];
    };
    expect(groups.map(({ group }) => group)).toEqual(['MADDPG · tau 0.01', 'MADDPG · tau 0.5']);
    expect(groups.map(({ runs }) => runs.length).sort()).toEqual([2, 3]);
  });

  it('has its trials listed where it is named', async () => {
    const { stdout } = await runCli(cwd, ['runs', 'runs/tiny', '--json']);
    expect((JSON.parse(stdout) as { runs: { state: string }[] }).runs.map(({ state }) => state)).toEqual(
      Array.from({ length: 5 }, () => 'finished'),
    );
    expect((await runCli(cwd, ['runs'])).stdout).toContain(
      'skipped runs/tiny: a sweep; name it to list its trials\n',
    );
  });
});
