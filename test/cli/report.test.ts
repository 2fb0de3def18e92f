import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli, startCli, temporaryFolder, TINY } from './run-cli.ts';

const cwd = temporaryFolder();
beforeAll(async () => {
  for (const seed of [1, 2])
    expect((await runCli(cwd, ['train', ...TINY, `--seed=${seed}`, `--name=s${seed}`, '--quiet'])).code).toBe(
      0,
    );
});

describe.concurrent('maddpg report', () => {
  it('writes one file that asks for nothing, and what else it is told to', async () => {
    const files = ['--out=r.html', '--csv=r.csv', '--json=r.json', '--marl-eval=m.json'];
    const { code, stdout, stderr } = await runCli(cwd, ['report', 'runs', ...files]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'r.csv\nr.json\nm.json\nr.html\n',
      stderr: '',
    });
    const page = fs.readFileSync(path.join(cwd, 'r.html'), 'utf8');
    expect(page).toContain(`http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;`);
    expect(page).not.toMatch(
      /\ssrc=|<link|fetch\(|import\(|XMLHttpRequest|EventSource|https?:\/\/(?!www\.w3\.org)/,
    );
    expect(page.length).toBeLessThan(200_000);
    const { groups } = JSON.parse(fs.readFileSync(path.join(cwd, 'r.json'), 'utf8')) as {
      groups: { group: string; runs: { name: string }[] }[];
    };
    expect(groups.map(({ group, runs }) => [group, runs.map(({ name }) => name)])).toEqual([
      ['MADDPG', ['s1', 's2']],
    ]);
  });

  it('says what is at fault, with exit code 2', async () => {
    expect(await runCli(cwd, ['report', 'nowhere'])).toMatchObject({
      code: 2,
      stderr: 'nowhere: expected a run or a folder of runs, got no such folder\n',
    });
    expect(await runCli(cwd, ['report', 'runs', '--out=no/folder.html'])).toMatchObject({
      code: 2,
      stderr: '--out: expected a file that can be written, got no such folder: no/folder.html\n',
    });
  });

  it.each([
    ['--out=a.txt', '--out: expected a file name that ends in .html, got a.txt'],
    ['--out=a.html --watch', 'report: expected one of --watch and --out, got both; leave one out'],
    ['--out=a.html --csv=./a.html', '--out: expected a file of its own, got a.html, which --csv names too'],
    ['--csv=a --json=a', '--json: expected a file of its own, got a, which --csv names too'],
  ])('refuses %s', async (options, fault) => {
    const { code, stdout, stderr } = await runCli(cwd, ['report', 'runs', ...options.split(' ')]);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `${fault}\n` });
    expect(fs.existsSync(path.join(cwd, 'a.html'))).toBe(false);
  });

  it('warns of a seed that counts more than once', async () => {
    fs.cpSync(path.join(cwd, 'runs', 's1'), path.join(cwd, 'copies', 'a'), { recursive: true });
    fs.cpSync(path.join(cwd, 'runs', 's1'), path.join(cwd, 'copies', 'b'), { recursive: true });
    const { code, stderr } = await runCli(cwd, ['report', 'copies', '--out=copies.html', '--no-players']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'warning: seed 1 counts twice in MADDPG; intervals take runs as independent\n',
    });
  });

  it('serves the page with --watch until interrupted', async () => {
    const running = startCli(cwd, ['report', 'runs/s1', '--watch']);
    await running.says('Ctrl-C to stop');
    running.interrupt();
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'updating live; Ctrl-C to stop\n' });
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/);
  });

  it('waits with --watch in a folder that has no runs yet, unless there is no folder', async () => {
    fs.mkdirSync(path.join(cwd, 'later'));
    const running = startCli(cwd, ['report', 'later', '--watch']);
    await running.says('Ctrl-C to stop');
    running.interrupt();
    expect(await running.ended).toMatchObject({
      code: 0,
      stderr: 'updating live; Ctrl-C to stop\n',
    });
    expect(await runCli(cwd, ['report', 'nowhere', '--watch'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'nowhere: expected a run or a folder of runs, got no such folder\n',
    });
  });
});
