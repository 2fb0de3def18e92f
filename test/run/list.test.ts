/** What `maddpg runs` finds out about a folder. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { listRuns, type ListedRun } from '../../src/run/list.ts';
import { lockRun } from '../../src/run/lock.ts';

/** A run of 200 steps with a checkpoint at step 100 and no log. */
const FIXTURE = fileURLToPath(new URL('fixtures/run-before-arithmetic', import.meta.url));

const folder = fs.mkdtempSync(path.join(tmpdir(), 'maddpg-list-'));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

const START = Date.UTC(2026, 0, 2, 3, 4, 5);
const STARTED = '2026-01-02T03:04:05.000Z';

/** log.jsonl of these entries, a second apart. */
function log(...entries: readonly object[]): string {
  return entries.map((entry, i) => `${JSON.stringify({ time: START + 1000 * i, ...entry })}\n`).join('');
}

const BEGUN = [{ msg: 'started' }, { msg: 'training', step: 0 }];
const evaluation = (step: number, mean: number): object => ({ msg: 'evaluation', step, mean });

/** A copy of the fixture with this log. */
function runWith(text: string, change: (run: string) => void = () => undefined): string {
  const run = fs.mkdtempSync(path.join(folder, 'run-'));
  fs.cpSync(FIXTURE, run, { recursive: true });
  fs.writeFileSync(path.join(run, 'log.jsonl'), text);
  fs.writeFileSync(path.join(run, 'metrics.jsonl'), '{"step":100,"wall_s":1}\n{"step":');
  change(run);
  return run;
}

function only(run: string): ListedRun {
  const { runs, skipped } = listRuns([run]);
  expect(skipped).toEqual([]);
  expect(runs).toHaveLength(1);
  return runs[0]!;
}

const withoutCheckpoints = (run: string): void => {
  fs.rmSync(path.join(run, 'checkpoints'), { recursive: true });
};

describe('a run', () => {
  it('has its configuration, steps, returns and dates', () => {
    const run = runWith(log(...BEGUN, evaluation(100, -20.5), evaluation(150, -24)));
    const bytes = fs
      .readdirSync(run, { recursive: true, encoding: 'utf8' })
      .map((name) => fs.statSync(path.join(run, name)))
      .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
    expect(only(run)).toEqual({
      run,
      state: 'interrupted',
      agent: 'MADDPG',
      env_id: 'simple_spread_v3',
      seed: 1,
      step: 150,
      steps: 200,
      evaluations: [
        { step: 100, mean: -20.5 },
        { step: 150, mean: -24 },
      ],
      last: { step: 150, mean: -24 },
      best: { step: 100, mean: -20.5 },
      best_by: null,
      started: STARTED,
      updated: '2026-01-02T03:04:08.000Z',
      bytes,
      command: `npx maddpg train --resume ${run}`,
      problems: [],
    });
  });

  it('has a problem if its metrics are missing or damaged', () => {
    const metrics = (run: string): string => path.join(run, 'metrics.jsonl');
    const missing = runWith(log(...BEGUN), (run) => {
      fs.rmSync(metrics(run));
    });
    expect(only(missing).problems).toEqual([
      `${metrics(missing)}: expected the metrics of a run, got no such file`,
    ]);
    const damaged = runWith(log(...BEGUN), (run) => {
      fs.writeFileSync(metrics(run), '{"step":100,"wall_s":1}\nnothing\n{"wall_s":2}\n');
    });
    expect(only(damaged).problems).toEqual([
      `${metrics(damaged)}: expected a record in every line, got 2 damaged`,
    ]);
  });

  it('has a problem if a file of its newest checkpoint is missing or of another size', () => {
    const inCheckpoint =
      (name: string) =>
      (run: string): string =>
        path.join(run, 'checkpoints', 'step-000000100', name);
    const [weights, manifest] = [inCheckpoint('weights.safetensors'), inCheckpoint('manifest.json')];
    const cut = runWith(log(...BEGUN), (run) => {
      fs.truncateSync(weights(run), 10);
    });
    expect(only(cut).problems).toEqual([
      expect.stringMatching(/weights\.safetensors: expected \d+ bytes, got 10: it is damaged$/),
    ]);
    const missing = runWith(log(...BEGUN), (run) => {
      fs.rmSync(manifest(run));
    });
    expect(only(missing).problems).toEqual([
      `${manifest(missing)}: expected the manifest of a checkpoint, got no such file`,
    ]);
  });

  it('is running while a live process holds its lock', () => {
    const run = runWith(log(...BEGUN));
    const lock = lockRun(run);
    expect(only(run)).toMatchObject({ state: 'running', command: `npx maddpg eval --checkpoint ${run}` });
    lock.release();
    expect(only(run).state).toBe('interrupted');
  });

  it('is running though its process on another host has been silent for less than a minute', () => {
    const run = runWith(log(...BEGUN));
    const lock = path.join(run, 'run.lock');
    fs.writeFileSync(lock, JSON.stringify({ pid: 1, host: 'elsewhere', token: 'x' }));
    const before = fs.readdirSync(run);
    expect(only(run).state).toBe('running');
    const old = new Date(Date.now() - 61_000);
    fs.utimesSync(lock, old, old);
    expect(only(run).state).toBe('interrupted');
    expect(fs.readdirSync(run)).toEqual(before);
  });

  it.each(['running_steps', 'stop_at_return', 'max_wall_s', 'stopped'])(
    'that ended by %s is finished',
    (ended) => {
      const run = runWith(log(...BEGUN, { msg: 'ended', step: 120, ended }));
      expect(only(run)).toMatchObject({
        state: 'finished',
        step: 120,
        command: `npx maddpg eval --checkpoint ${run}`,
      });
    },
  );

  it('that was interrupted and resumed goes by its last process', () => {
    const interrupted = [...BEGUN, { msg: 'ended', step: 100, ended: 'interrupted' }];
    const resumed = [{ msg: 'resumed' }, { msg: 'training', step: 100 }];
    expect(only(runWith(log(...interrupted))).state).toBe('interrupted');
    const finished = log(...interrupted, ...resumed, { msg: 'ended', step: 200, ended: 'running_steps' });
    expect(only(runWith(finished)).state).toBe('finished');
    // Killed without a word.
    expect(only(runWith(log(...BEGUN, { msg: 'the run failed' }, ...resumed))).state).toBe('interrupted');
  });

  it('forgets evaluations that a resume from an older checkpoint gave up', () => {
    const rewound = log(
      ...BEGUN,
      evaluation(50, -9),
      evaluation(100, -5),
      { msg: 'training', step: 50 },
      evaluation(100, -7),
    );
    expect(only(runWith(rewound))).toMatchObject({
      last: { step: 100, mean: -7 },
      best: { step: 100, mean: -7 },
      evaluations: [{ mean: -9 }, { mean: -7 }],
    });
  });

  it('that failed says why on one line, and continues from its checkpoint', () => {
    const run = runWith(
      log(...BEGUN, { msg: 'the run failed', err: { message: 'step 120: expected\nfinite' } }),
    );
    expect(only(run)).toMatchObject({
      state: 'failed',
      problems: ['step 120: expected\\nfinite'],
      command: `npx maddpg train --resume ${run}`,
    });
  });

  it('without a checkpoint begins anew', () => {
    const run = runWith(log(...BEGUN, { msg: 'the run failed', err: {} }), withoutCheckpoints);
    expect(only(run)).toMatchObject({
      state: 'failed',
      problems: ['for a reason that log.jsonl lacks'],
      command: `npx maddpg train --config ${run}/config.yaml`,
    });
  });

  it('without a log goes by its checkpoint', () => {
    const run = runWith('', (run) => {
      fs.rmSync(path.join(run, 'log.jsonl'));
    });
    expect(only(run)).toMatchObject({
      state: 'interrupted',
      step: 100,
      last: null,
      started: null,
      problems: [],
    });
    const config = path.join(run, 'config.yaml');
    fs.writeFileSync(
      config,
      fs.readFileSync(config, 'utf8').replace('running_steps: 200', 'running_steps: 100'),
    );
    expect(only(run).state).toBe('finished');
  });

  it('quotes paths in its command', () => {
    const run = runWith(log(...BEGUN));
    const spaced = path.join(folder, 'my run');
    fs.renameSync(run, spaced);
    expect(only(spaced).command).toBe(`npx maddpg train --resume '${spaced}'`);
    fs.rmSync(spaced, { recursive: true });
  });
});

describe('a damaged run is listed with what is wrong', () => {
  it.each<[string, (run: string) => void, (run: string) => string[]]>([
    [
      'config.yaml',
      (run) => {
        fs.writeFileSync(path.join(run, 'config.yaml'), 'agnt: MADDPG\n');
      },
      (run) => [`${run}/config.yaml:1:1: agnt: expected a known key, got "agnt"; did you mean agent?`],
    ],
    [
      'log.jsonl',
      (run) => {
        fs.rmSync(path.join(run, 'log.jsonl'));
        fs.mkdirSync(path.join(run, 'log.jsonl'));
      },
      (run) => [`${run}/log.jsonl: expected a log, got a folder`],
    ],
    [
      'latest',
      (run) => {
        fs.writeFileSync(path.join(run, 'checkpoints', 'latest'), '../../x');
      },
      (run) => [`${run}/checkpoints/latest: expected the name of a checkpoint beside it, got "../../x"`],
    ],
    [
      'state.json',
      (run) => {
        fs.writeFileSync(path.join(run, 'checkpoints', 'step-000000100', 'state.json'), '{"step":');
      },
      (run) => [`${run}/checkpoints/step-000000100/state.json: expected JSON, got "{\\"step\\":"`],
    ],
    [
      'the newest checkpoint',
      (run) => {
        fs.rmSync(path.join(run, 'checkpoints', 'step-000000100'), { recursive: true });
      },
      (run) => [
        `${run}/checkpoints/step-000000100/state.json: expected the state of a run, got no such file`,
      ],
    ],
  ])('%s', (_, damage, problems) => {
    const run = runWith(log(...BEGUN, evaluation(100, -20)), damage);
    expect(only(run).problems).toEqual(problems(run));
  });

  it('but not for lines of the log that a crash cut', () => {
    const run = runWith(
      `${log(...BEGUN)}not json\nnull\n{"msg": 3}\n${log(evaluation(100, -20))}{"time": 17`,
    );
    expect(only(run)).toMatchObject({ last: { step: 100, mean: -20 }, problems: [] });
  });
});

describe('a folder', () => {
  it('lists its runs, newest first, and skips what is no run, with the reason', () => {
    const at = fs.mkdtempSync(path.join(folder, 'mixed-'));
    const moved = (name: string, time: number): string => {
      const run = path.join(at, name);
      fs.renameSync(runWith(log({ msg: 'started', time })), run);
      return run;
    };
    const runs = [moved('a', START), moved('b', START + 1), moved('c', START - 1)];
    for (const name of ['.hidden', 'empty', 'other', 'begun', 'point']) fs.mkdirSync(path.join(at, name));
    fs.writeFileSync(path.join(at, 'file.txt'), '');
    fs.writeFileSync(path.join(at, 'other', 'config.yaml'), 'a: 1\n');
    fs.writeFileSync(path.join(at, 'point', 'manifest.json'), '{}');
    fs.symlinkSync('loop', path.join(at, 'loop'));
    const lock = lockRun(path.join(at, 'begun'));
    const { runs: listed, skipped } = listRuns([at]);
    lock.release();
    expect(listed.map(({ run }) => run)).toEqual([runs[1], runs[0], runs[2]]);
    expect(skipped).toEqual(
      [
        ['begun', 'a run that has just begun'],
        ['empty', 'a folder without config.yaml'],
        ['loop', 'a symbolic link that leads back to itself'],
        ['other', 'a folder without log.jsonl and checkpoints'],
        ['point', 'a checkpoint; name its run'],
      ].map(([name, reason]) => ({ path: path.join(at, name!), reason })),
    );
  });

  it('that is not there, or a file, is a fault', () => {
    const file = path.join(folder, 'file');
    fs.writeFileSync(file, '');
    const expected = 'expected a run or a folder of runs, got';
    expect(() => listRuns([path.join(folder, 'none')])).toThrow(
      `${folder}/none: ${expected} no such folder; name another`,
    );
    expect(() => listRuns([file])).toThrow(`${file}: ${expected} a file; name another`);
  });
});
