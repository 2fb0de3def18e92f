import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  filesBelow,
  newestWeights,
  ROOT,
  runCli,
  startCli,
  temporaryFolder,
  TINY,
  INTERRUPTIBLE,
  results,
} from './run-cli.ts';

const cwd = temporaryFolder();
const LONG = ['train', ...TINY, ...INTERRUPTIBLE, '--set=keep_checkpoints=0'];

const STRETCHED =
  'warning: running_steps changes from 200 to 240: the schedules of exploration noise are stretched and jump at this ' +
  'step\n';

describe.concurrent('an interrupted run', () => {
  it('saves a checkpoint, prints the resume command, and resumes to the bytes of an uninterrupted run', async () => {
    const whole = runCli(cwd, [...LONG, '--name', 'whole']);
    const training = startCli(cwd, [...LONG, '--name', 'halted']);
    await training.says('step 100:');
    training.interrupt();
    const { code, stdout, stderr } = await training.ended;
    expect(code).toBe(130);
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toContain('saving a checkpoint; press Ctrl-C again to quit immediately');
    expect(lines.at(-1)).toBe('interrupted; resume with: npx maddpg train --resume runs/halted');
    const halted = path.join(cwd, 'runs', 'halted');
    const latest = fs.readFileSync(path.join(halted, 'checkpoints', 'latest'), 'utf8').trim();
    const step = Number(/^step-(\d{9})$/.exec(latest)![1]);
    expect(step).toBeGreaterThanOrEqual(100);
    expect(step).toBeLessThan(30000);
    expect(stdout).toContain(`, checkpoint ${latest}\n`);

    const resumed = await runCli(cwd, ['train', '--resume', 'runs/halted', '--json']);
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      run: 'runs/halted',
      steps: 30000,
      interrupted: false,
    });
    expect((await whole).code).toBe(0);
    const reference = path.join(cwd, 'runs', 'whole');
    expect(newestWeights(halted).equals(newestWeights(reference))).toBe(true);
    expect(results(halted)).toEqual(results(reference));
  });

  it('exits immediately and silently on a second Ctrl-C', async () => {
    // The first step of the four environments takes six seconds: both signals arrive in it.
    const source = fs.readFileSync(path.join(ROOT, 'examples', 'meeting.mjs'), 'utf8');
    const hold =
      "process.stderr.write('stepping\\n'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);";
    const slow = source.replace('steps += 1;', `steps += 1; ${hold}`);
    expect(slow).toContain(hold);
    fs.writeFileSync(path.join(cwd, 'slow.mjs'), slow);
    const training = startCli(cwd, [
      ...LONG,
      '--name=twice',
      '--set=env_name=custom',
      '--set=env_id=./slow.mjs',
      '--set=use_parameter_sharing=false',
    ]);
    await training.says('stepping');
    training.interrupt();
    await new Promise((resolve) => setTimeout(resolve, 100)); // two signals at once may arrive as one
    training.interrupt();
    const { code, stdout, stderr } = await training.ended;
    expect(code).toBe(130);
    expect(stdout).toBe('');
    expect(stderr).toContain('saving a checkpoint; press Ctrl-C again to quit immediately\n');
    expect(stderr).not.toContain('resume with');
  });

  it('resumes from a given checkpoint to the same weights', async () => {
    await runCli(cwd, ['train', ...TINY, '--name', 'back', '--quiet']);
    const back = path.join(cwd, 'runs', 'back');
    const weights = newestWeights(back);
    const whole = results(back);
    const checkpoint = 'runs/back/checkpoints/step-000000100';
    const before = filesBelow(path.join(cwd, checkpoint));
    const { code, stdout, stderr } = await runCli(cwd, [
      'train',
      '--resume',
      checkpoint,
      '--json',
      '--quiet',
    ]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        'warning: going back to step 100: the metrics since then and step-000000200 are kept in runs/back/abandoned\n',
    });
    expect(JSON.parse(stdout)).toMatchObject({ run: 'runs/back', steps: 200 });
    expect(newestWeights(back).equals(weights)).toBe(true);
    expect(results(back)).toEqual(whole);
    expect(filesBelow(path.join(cwd, checkpoint))).toEqual(before);
  });

  it('rejects changes to fixed keys, and records other changes in config.yaml', async () => {
    await runCli(cwd, ['train', ...TINY, '--name', 'kept', '--quiet']);
    const resume = ['train', '--resume=runs/kept', '--quiet', '--set=running_steps=240'];
    expect(await runCli(cwd, [...resume, '--set=use_obsnorm=true', '--set=seed=9'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        '--set seed=9: seed: expected 1, as in runs/kept, got 9; restore it, or start a new run\n' +
        '--set use_obsnorm=true: use_obsnorm: expected false, as in runs/kept, got true; restore it, or start a ' +
        'new run\n',
    });
    const config = path.join(cwd, 'runs', 'kept', 'config.yaml');
    const before = fs.readFileSync(config, 'utf8');
    expect(await runCli(cwd, [...resume, '--set=gamma=0.5'])).toMatchObject({ code: 0, stderr: STRETCHED });
    const after = fs.readFileSync(config, 'utf8');
    const head =
      '# Changed while training:\n#   from step 200: running_steps 200 -> 240, gamma 0.8 -> 0.5\n\n';
    expect(after).toBe(
      head +
        before
          .replace('\nrunning_steps: 200\n', '\nrunning_steps: 240\n')
          .replace('\ngamma: 0.8\n', '\ngamma: 0.5\n'),
    );
  });

  it('does not resume once finished, and says how to continue', async () => {
    await runCli(cwd, ['train', ...TINY, '--name', 'done']);
    const log = path.join(cwd, 'runs', 'done', 'log.jsonl');
    const before = fs.readFileSync(log, 'utf8');
    expect(await runCli(cwd, ['train', '--resume', 'runs/done'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'runs/done: expected an unfinished run, got one with all 200 steps; to continue, raise ' +
        '--set running_steps=...\n',
    });
    expect(fs.readFileSync(log, 'utf8')).toBe(before);
    const further = await runCli(cwd, [
      'train',
      '--resume=runs/done',
      '--set=running_steps=240',
      '--quiet',
      '--json',
    ]);
    expect(further.stderr).toBe(STRETCHED);
    expect(JSON.parse(further.stdout)).toMatchObject({ steps: 240, updates: 50 });
  });
});
