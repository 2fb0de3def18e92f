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
      stderr: '--out: expected a file that can be written, got ENOENT: no/folder.html\n',
    });
  });

  it('serves the page with --watch until interrupted', async () => {
    const running = startCli(cwd, ['report', 'runs/s1', '--watch']);
    await running.says('Ctrl-C ends it');
    running.interrupt();
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'updates while runs go on; Ctrl-C ends it\n' });
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/);
  });
});
