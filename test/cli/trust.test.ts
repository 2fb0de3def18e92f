/** `maddpg eval` of a stranger's checkpoint, whose environment lies inside it. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sign } from '../reliability/damage.ts';
import { ROOT, runCli, temporaryFolder, TINY } from './run-cli.ts';

const cwd = temporaryFolder();
const run = path.join(cwd, 'runs/meeting');
beforeAll(async () => {
  const environment = fs.readFileSync(path.join(ROOT, 'examples/meeting.mjs'));
  fs.writeFileSync(path.join(cwd, 'meeting.mjs'), environment);
  const keys = ['--set=env_name=custom', '--set=env_id=./meeting.mjs', '--set=env_options={}'];
  const shared = '--set=use_parameter_sharing=false';
  const { code, stderr } = await runCli(cwd, [
    'train',
    ...TINY,
    ...keys,
    shared,
    '--name=meeting',
    '--quiet',
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  fs.writeFileSync(path.join(run, 'evil.mjs'), `console.error('ran');\n${environment.toString()}`);
});

const evaluate = (...args: string[]) => runCli(cwd, ['eval', '--episodes=2', '--json', ...args]);

describe('maddpg eval', () => {
  it("runs the user's own environment", async () => {
    expect(await evaluate('--checkpoint=runs/meeting')).toMatchObject({ code: 0, stderr: '' });
  });

  it('runs none that came with the checkpoint, unless it is trusted', async () => {
    const folder = path.join(cwd, 'download');
    fs.cpSync(path.join(run, 'checkpoints', 'step-000000200'), folder, { recursive: true });
    const config = path.join(folder, 'config.yaml');
    const text = fs.readFileSync(config, 'utf8').replace(/^env_id: .*$/m, 'env_id: ./evil.mjs');
    fs.writeFileSync(config, text);
    fs.copyFileSync(path.join(run, 'evil.mjs'), path.join(folder, 'evil.mjs'));
    sign(folder);
    const program = path.join(fs.realpathSync(cwd), 'download', 'evil.mjs');
    const refused = await evaluate('--checkpoint=download');
    expect(refused).toEqual({
      code: 2,
      stdout: '',
      stderr:
        `download: expected an environment outside the folder of the checkpoint and its run, got env_id ${program} inside ` +
        'it; it would run a program that came with them: if you trust it, add --trust (trust: true in a program)\n',
    });
    expect(await evaluate('--checkpoint=download', '--trust')).toMatchObject({ code: 0, stderr: 'ran\n' });
  });
});
