/** `maddpg sweep drive` with real trainings, by hand and by Optuna. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { BIN, ROOT, temporaryFolder } from './run-cli.ts';

const PYTHON = process.env['MADDPG_TEST_PYTHON'] ?? 'python3';
const hasOptuna = spawnSync(PYTHON, ['-c', 'import optuna']).status === 0;

type Line = Readonly<Record<string, unknown>>;

/** A folder with examples/. */
function folder(): string {
  const cwd = temporaryFolder();
  fs.cpSync(path.join(ROOT, 'examples'), path.join(cwd, 'examples'), { recursive: true });
  return cwd;
}

function start(cwd: string, file = 'examples/tune.yaml') {
  const child = spawn(process.execPath, [BIN, 'sweep', 'drive', file, '--dir', 'tuned'], { cwd });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const closed = once(child, 'close');
  return {
    child,
    say: (request: Line) => child.stdin.write(`${JSON.stringify(request)}\n`),
    /** The next answer. */
    next: async (): Promise<Line> => JSON.parse((await lines.next()).value as string) as Line,
    /** The answers that are left, and how it ended. */
    end: async () => {
      child.stdin.end();
      const answers: Line[] = [];
      for (let line; !(line = await lines.next()).done;) answers.push(JSON.parse(line.value) as Line);
      const [code] = (await closed) as [number | null];
      return { code, answers, stderr };
    },
  };
}

/** Values of the evaluations of a run, by step. */
function valuesOf(cwd: string, run: string): Map<number, number> {
  const text = fs.readFileSync(path.join(cwd, 'tuned', 'trials', run, 'metrics.jsonl'), 'utf8');
  const records = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);
  return new Map(
    records
      .filter((record) => record['test/episode_return_mean'] !== undefined)
      .map((record) => [record['step']!, record['test/episode_return_mean']!]),
  );
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b) / numbers.length;
}

describe('maddpg sweep drive', () => {
  it('answers the steps and scores of the runs that it makes', async () => {
    const cwd = folder();
    const drive = start(cwd);
    drive.say({ id: 'a', set: { tau: 0.02 } });
    const { code, answers, stderr } = await drive.end();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const runs = [1, 2, 3].map((seed) => valuesOf(cwd, `a-s${seed}`));
    const steps = [252, 500, 752, 1000];
    expect(answers.map(({ id, step }) => ({ id, step }))).toEqual(
      [...steps, undefined].map((step) => ({ id: 'a', step })),
    );
    for (const [k, step] of steps.entries())
      expect(answers[k]!['score']).toBeCloseTo(mean(runs.map((run) => run.get(step)!)), 12);
    expect(answers[4]!['scores']).toEqual(
      Object.fromEntries(runs.map((run, k) => [String(k + 1), run.get(1000)])),
    );
  });

  it('stops a training when told to, which keeps a checkpoint', async () => {
    const cwd = folder();
    const drive = start(cwd);
    drive.say({ id: 1, set: { running_steps: 1e7 } });
    expect(await drive.next()).toMatchObject({ id: 1, step: 252 });
    drive.say({ id: 1, stop: true });
    const { code, answers } = await drive.end();
    expect(code).toBe(0);
    expect(answers.at(-1)).toMatchObject({ id: 1, stopped: true });
    for (const seed of [1, 2, 3])
      expect(fs.existsSync(path.join(cwd, 'tuned', 'trials', `1-s${seed}`, 'checkpoints', 'latest'))).toBe(
        true,
      );
  });

  it('answers faults of keys at once, while others train', async () => {
    const cwd = folder();
    const drive = start(cwd);
    drive.say({ id: 1, set: { running_steps: 1e7 } });
    drive.say({ id: 2, set: { taau: 1, gamma: 2 } });
    expect(await drive.next()).toEqual({
      id: 2,
      error:
        'line 2: --set taau=1: taau: expected a known key, got "taau"; did you mean tau?; ' +
        '--set gamma=2: gamma: expected a number from 0 to 1, got 2',
    });
    drive.say({ id: 1, stop: true });
    expect((await drive.end()).code).toBe(0);
  });

  it('refuses an id whose run exists', async () => {
    const cwd = folder();
    fs.mkdirSync(path.join(cwd, 'tuned', 'trials', '1-s1'), { recursive: true });
    const drive = start(cwd);
    drive.say({ id: 1, set: {} });
    const { answers } = await drive.end();
    expect(answers).toEqual([
      {
        id: 1,
        error: 'id: expected a new one, got 1, whose run tuned/trials/1-s1 exists; take another id or --dir',
      },
    ]);
  });

  it('on Ctrl-C saves, answers and ends with 130', async () => {
    const cwd = folder();
    const drive = start(cwd);
    drive.say({ id: 1, set: { running_steps: 1e7 } });
    await drive.next();
    drive.child.kill('SIGINT');
    const { code, answers } = await drive.end();
    expect(code).toBe(130);
    expect(answers.at(-1)).toEqual({ id: 1, error: 'interrupted' });
    expect(fs.existsSync(path.join(cwd, 'tuned', 'trials', '1-s1', 'checkpoints', 'latest'))).toBe(true);
  });

  it('refuses a file with several settings', async () => {
    const cwd = folder();
    fs.writeFileSync(
      path.join(cwd, 'grid.yaml'),
      'config: smoke.yaml\nseeds: 3\ngrid: { tau: [0.1, 0.2] }\n',
    );
    const { code, stderr } = await start(cwd, 'grid.yaml').end();
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'grid.yaml: grid: expected one setting, which the driver varies, got several; leave it out for sweep drive\n',
    });
  });
});

describe.skipIf(!hasOptuna)('Optuna (needs optuna in MADDPG_TEST_PYTHON)', () => {
  it('drives trainings, and its MedianPruner stops one', async () => {
    const cwd = folder();
    const script = fileURLToPath(new URL('drive_with_optuna.py', import.meta.url));
    const command = [process.execPath, BIN, 'sweep', 'drive', 'examples/tune.yaml', '--dir', 'tuned'];
    const { stdout } = await promisify(execFile)(PYTHON, [script, ...command], { cwd });
    const study = JSON.parse(stdout) as {
      exit: number;
      trials: { state: string; value: number; steps: Line }[];
    };
    const [whole, pruned] = study.trials;
    expect(study.exit).toBe(0);
    expect(study.trials.map(({ state }) => state)).toEqual(['COMPLETE', 'PRUNED']);
    const runs = [1, 2, 3].map((seed) => valuesOf(cwd, `2-s${seed}`));
    expect(whole!.value).toBeCloseTo(mean(runs.map((run) => run.get(600)!)), 12);
    expect(Object.keys(whole!.steps)).toEqual(['300', '600']);
    expect(Object.keys(pruned!.steps).slice(0, 2)).toEqual(['252', '500']);
  });

  it('runs examples/tune.py as it stands, which docs/sweeps.md shows', async () => {
    const cwd = folder();
    const bin = path.join(cwd, 'bin');
    fs.mkdirSync(bin);
    // npx maddpg, as installed.
    fs.writeFileSync(path.join(bin, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${BIN}" "$@"\n`, {
      mode: 0o755,
    });
    const { stdout } = await promisify(execFile)(PYTHON, ['examples/tune.py'], {
      cwd,
      env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
    });
    const [, best] = /^(-\d+\.\d+) \{'tau': [\d.]+, 'gamma': [\d.]+\}\n$/.exec(stdout) ?? [];
    const trials = path.join(cwd, 'runs', 'tune', 'trials');
    expect(fs.readdirSync(trials).sort()).toEqual(
      [0, 1, 2, 3, 4, 5].flatMap((id) => [1, 2, 3].map((seed) => `${id}-s${seed}`)),
    );
    expect(Number(best)).toBeLessThan(-10);
  }, 180_000);
});

describe('docs/sweeps.md', () => {
  it('shows examples/tune.py and examples/tune.yaml', () => {
    const text = fs.readFileSync(path.join(ROOT, 'docs', 'sweeps.md'), 'utf8');
    for (const name of ['tune.py', 'tune.yaml'])
      expect(text).toContain(fs.readFileSync(path.join(ROOT, 'examples', name), 'utf8'));
  });
});
