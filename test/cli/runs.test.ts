/** The table and the JSON of `maddpg runs`. test/run/list.test.ts has what they are made of. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Screen } from '../../src/cli/bar.ts';
import { runsTable } from '../../src/cli/run-table.ts';
import { ROOT, runCli, startCli, temporaryFolder, TINY, INTERRUPTIBLE } from './run-cli.ts';

const cwd = temporaryFolder();
const START = Date.UTC(2026, 0, 2);

/** A copy of a run of 200 steps with this log, whose entries are an hour apart, and no other files but config.yaml and metrics. */
function makeRun(at: string, entries: readonly object[]): void {
  fs.mkdirSync(at, { recursive: true });
  const fixture = path.join(ROOT, 'test', 'run', 'fixtures', 'run-before-arithmetic');
  fs.copyFileSync(path.join(fixture, 'config.yaml'), path.join(at, 'config.yaml'));
  fs.writeFileSync(path.join(at, 'metrics.jsonl'), '');
  const lines = entries.map((entry, i) => JSON.stringify({ time: START + 3_600_000 * i, ...entry }));
  fs.writeFileSync(path.join(at, 'log.jsonl'), `${lines.join('\n')}\n`);
}

const evaluations = [-33, -28, -23.05].map((mean, i) => ({ msg: 'evaluation', step: 50 * (i + 1), mean }));
const dir = path.join(cwd, 'made');
beforeAll(() => {
  vi.stubEnv('NO_COLOR', '');
  vi.stubEnv('TERM', 'xterm-256color');
  vi.stubEnv('LC_ALL', 'C.UTF-8');
  makeRun(path.join(dir, 'a'), [{ msg: 'started' }, ...evaluations]);
  makeRun(path.join(dir, 'longer'), [
    { msg: 'started', time: START + 3_600_000 },
    { msg: 'the run failed', err: { message: 'step 40: expected finite weights, got NaN' } },
  ]);
  fs.mkdirSync(path.join(dir, 'notes'));
});
afterAll(() => {
  vi.unstubAllEnvs();
});

/** The table as a stream of that shape gets it three hours after the first run, sizes and the folder left out. */
function table(shape: { isTTY?: true; columns?: number }): string[] {
  const text = runsTable([dir], shape as Screen, START + 3 * 3_600_000);
  return text
    .replaceAll(`${dir}/`, '')
    .replace(/\d\d\.\d kB/g, '12.3 kB')
    .trimEnd()
    .split('\n');
}

describe('maddpg runs', () => {
  it('is a line for each run in a pipe, and what is wrong below it', () => {
    expect(table({}).map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
      'run  state  steps  return  best  age  size  next',
      'longer  failed  0/200  -  -  2 h  12.3 kB  npx maddpg train --config longer/config.yaml',
      '  step 40: expected finite weights, got NaN',
      'a  interrupted  150/200  -23.05  -23.05  3 h  12.3 kB  npx maddpg train --config a/config.yaml',
      '',
      'skipped notes: a folder without config.yaml',
    ]);
  });

  it('aligns its columns', () => {
    const [head, failed, , interrupted] = table({});
    const at = head!.indexOf('state');
    // table() leaves out the folder, but not the room for it in the head.
    const cells = (line: string): string => line.slice(at - dir.length - 1, -line.split('  ').at(-1)!.length);
    expect(head!.slice(at)).toBe('state          steps  return    best  age     size  next');
    expect(cells(failed!)).toBe('failed         0/200       -       -  2 h  12.3 kB  ');
    expect(cells(interrupted!)).toBe('interrupted  150/200  -23.05  -23.05  3 h  12.3 kB  ');
  });

  it('has curves on a terminal, and its commands below the runs where they do not fit beside', () => {
    const narrow = table({ isTTY: true, columns: 80 }).map((line) => line.replace(/ {2,}/g, '  '));
    expect(narrow).toContain('a  interrupted  150/200  -23.05  -23.05  ▁▅█  3 h  12.3 kB');
    expect(narrow).toContain('  npx maddpg train --config a/config.yaml');
    const wide = table({ isTTY: true, columns: 1000 }).map((line) => line.replace(/ {2,}/g, '  '));
    expect(wide).toContain(
      'a  interrupted  150/200  -23.05  -23.05  ▁▅█  3 h  12.3 kB  npx maddpg train --config a/config.yaml',
    );
  });
});

describe('a narrow terminal', () => {
  it.each([
    [80, 'run state steps return best curve age size'],
    [60, 'run state steps return best curve age'],
    [50, 'run state steps return best age'],
    [45, 'run state steps return best'],
  ])('of %i columns has a table that fits', (columns, head) => {
    const lines = table({ isTTY: true, columns });
    expect(lines[0]!.split(/ +/).join(' ')).toBe(head);
    const rows = lines.filter((line) => /^(a|longer) /.test(line));
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(columns);
  });
});

describe('the command', () => {
  it('lists a running, a finished and an interrupted run of runs/, and each command continues', async () => {
    await runCli(cwd, ['train', ...TINY, '--name=whole']);
    const training = startCli(cwd, ['train', ...TINY, ...INTERRUPTIBLE, '--name=halted']);
    await training.says('step 100:');
    const during = await runCli(cwd, ['runs', '--json']);
    training.interrupt();
    await training.ended;
    const after = await runCli(cwd, ['runs', '--json']);
    const states = ({ stdout }: { stdout: string }): unknown =>
      (JSON.parse(stdout) as { runs: Record<string, unknown>[] }).runs.map(({ run, state, command }) => [
        run,
        state,
        command,
      ]);
    expect(states(during)).toMatchObject([
      ['runs/halted', 'running', expect.anything()],
      ['runs/whole', 'finished', 'npx maddpg eval --checkpoint runs/whole'],
    ]);
    expect(states(after)).toEqual([
      ['runs/halted', 'interrupted', 'npx maddpg train --resume runs/halted'],
      ['runs/whole', 'finished', 'npx maddpg eval --checkpoint runs/whole'],
    ]);
  });

  it('says where there are no runs', async () => {
    const empty = temporaryFolder();
    expect(await runCli(empty, ['runs'])).toEqual({
      code: 0,
      stdout: 'no runs in runs; start one: npx maddpg train --config mpe.yaml\n',
      stderr: '',
    });
    expect(await runCli(empty, ['runs', '--json'])).toEqual({
      code: 0,
      stdout: '{\n  "runs": [],\n  "skipped": []\n}\n',
      stderr: '',
    });
    expect(await runCli(empty, ['runs', 'none'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'none: expected a run or a folder of runs, got no such folder; name another\n',
    });
  });
});
