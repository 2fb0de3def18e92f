/** `maddpg init`: what it writes trains as it is. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { filesBelow, ROOT, runCli, temporaryFolder } from './run-cli.ts';

it('writes the settings of mpe.yaml, each below its documentation', async () => {
  const cwd = temporaryFolder();
  expect(await runCli(cwd, ['init'])).toEqual({
    ...{ code: 0, stderr: '' },
    stdout: 'wrote train.yaml\n\nnext:\n  npx maddpg train --config train.yaml\n',
  });
  expect(filesBelow(cwd)).toEqual(['train.yaml']);
  const config = (file: string): unknown => loadConfig({ file }).config;
  expect(config(path.join(cwd, 'train.yaml'))).toEqual(config(path.join(ROOT, 'configs', 'mpe.yaml')));
  const text = fs.readFileSync(path.join(cwd, 'train.yaml'), 'utf8');
  expect(text).toContain('\n# Steps between evaluations. Unit: steps.\neval_interval: 10000\n');
  const keys = text.split('\n').filter((line) => /^\w/.test(line));
  const given = fs.readFileSync(path.join(ROOT, 'configs', 'mpe.yaml'), 'utf8').match(/^\w+:/gm)!;
  expect(keys.map((line) => line.split(':')[0]!).sort()).toEqual(given.map((key) => key.slice(0, -1)).sort());
});

it(
  'writes an environment that the checker accepts and that learns, with --custom',
  { timeout: 180_000 },
  async () => {
    const cwd = temporaryFolder();
    const { code, stdout } = await runCli(cwd, ['init', 'my walkers', '--custom']);
    expect({ code, files: filesBelow(cwd) }).toEqual({
      code: 0,
      files: ['my walkers/environment.mjs', 'my walkers/train.yaml'],
    });
    expect(stdout).toBe(`wrote my walkers/train.yaml
wrote my walkers/environment.mjs

next:
  npx maddpg envs check './my walkers/environment.mjs'
  npx maddpg train --config 'my walkers/train.yaml'
`);
    expect((await runCli(cwd, ['envs', 'check', './my walkers/environment.mjs'])).code).toBe(0);
    const training = await runCli(cwd, [
      'train',
      '--config=my walkers/train.yaml',
      '--name=walk',
      '--set=threads=1',
    ]);
    expect(training.code).toBe(0);
    const evaluation = await runCli(cwd, ['eval', '--checkpoint=runs/walk', '--episodes=100', '--json']);
    const { policy, random } = JSON.parse(evaluation.stdout) as Record<'policy' | 'random', { mean: number }>;
    expect(policy.mean).toBeGreaterThan(random.mean / 3);
  },
);

it('replaces no file', async () => {
  const cwd = temporaryFolder();
  fs.mkdirSync(path.join(cwd, 'mine'));
  fs.writeFileSync(path.join(cwd, 'mine', 'environment.mjs'), 'mine');
  expect(await runCli(cwd, ['init', 'mine', '--custom'])).toEqual({
    ...{ code: 2, stdout: '' },
    stderr:
      'init: expected a new file, got mine/environment.mjs, which already exists; name another folder\n',
  });
  expect(filesBelow(cwd)).toEqual(['mine/environment.mjs']);
  fs.writeFileSync(path.join(cwd, 'file'), '');
  const { code, stderr } = await runCli(cwd, ['init', 'file/below']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr:
      'init: expected a file that can be written, got a file in place of its folder: file/below/train.yaml\n',
  });
});
