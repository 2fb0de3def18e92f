import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Recording } from '../../src/player/recording.ts';
import { filesBelow, runCli, temporaryFolder, TINY } from './run-cli.ts';

let cwd: string;
beforeAll(async () => {
  cwd = temporaryFolder();
  const { code } = await runCli(cwd, ['train', ...TINY, '--name=run']);
  expect(code).toBe(0);
});

/** The recording in a page. */
function recordingIn(file: string): Recording {
  const [, json] = /<script type="application\/json">(.*?)<\/script>/s.exec(
    fs.readFileSync(path.join(cwd, file), 'utf8'),
  )!;
  return JSON.parse(json!) as Recording;
}

describe('replay', () => {
  it('writes the page of a run beside its files and prints its path', async () => {
    const before = filesBelow(path.join(cwd, 'runs'));
    const { code, stdout, stderr } = await runCli(cwd, ['replay', 'runs/run', '--episodes=2', '--seed=3,1']);
    const page = path.join('runs', 'run', 'replay.html');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${page}\n`, stderr: '' });
    expect(filesBelow(path.join(cwd, 'runs'))).toEqual([...before, 'run/replay.html'].sort());
    const { policy, env, episodes } = recordingIn(page);
    expect([policy, env]).toEqual(['runs/run at step 200', 'simple_spread_v3']);
    expect(episodes.map(({ seed, index }) => [seed, index])).toEqual([
      [3, 0],
      [3, 1],
      [1, 0],
      [1, 1],
    ]);
    expect(episodes[0]!.steps[0]!.values.every(Number.isFinite)).toBe(true);
    // Nothing is damaged: the run goes on from here.
    const again = await runCli(cwd, ['eval', '--checkpoint', 'runs/run', '--episodes=1']);
    expect(again.code).toBe(0);
  });

  it('writes GIF and PNG, the same bytes each time, and then no page', async () => {
    const files = ['first.gif', 'second.gif', 'first.png', 'second.png'];
    for (const name of ['first', 'second']) {
      const options = ['--gif', `${name}.gif`, '--png', `${name}.png`];
      const { code, stdout } = await runCli(cwd, ['replay', 'runs/run/checkpoints', ...options]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${name}.gif\n${name}.png\n` });
    }
    const [gif, gif2, png, png2] = files.map((file) => fs.readFileSync(path.join(cwd, file)));
    expect([gif!.equals(gif2!), png!.equals(png2!)]).toEqual([true, true]);
    expect(fs.existsSync(path.join(cwd, 'replay.html'))).toBe(false);
  });

  it.each([
    [[], 'replay: expected a run or --env, got neither'],
    [['runs/run', '--env=simple_v3'], 'replay: expected a run or --env, got both'],
    [['runs/run', '--gif=film.mp4'], '--gif: expected a file name that ends in .gif, got film.mp4'],
    [['runs/run', '--seed=1,1'], '--seed: expected distinct seeds, got 1 twice'],
    [['runs/run', '--seed=1,x'], '--seed: expected a whole number of at least 0, got x'],
    [
      ['runs/run', '--against=runs/run'],
      '--against: expected an environment with opponents, got simple_spread_v3, whose agents are all on one side; leave it out',
    ],
    [
      ['--env=simple_tag_v3'],
      '--policy: expected random, noop or scripted with --env, got trained; name a run for a trained policy',
    ],
    [
      ['--env=simple_tga_v3'],
      '--env: expected an environment listed by maddpg envs, got simple_tga_v3; did you mean simple_tag_v3?',
    ],
    [
      ['--env=nope', '--policy=random'],
      '--env: expected an environment listed by maddpg envs, got nope; choose from collect_treasure_v1, ' +
        'simple_adversary_v3, simple_crypto_v3, simple_formation_v1, simple_line_v1, simple_push_v3, ' +
        'simple_reference_v3, simple_speaker_listener_v4, simple_spread_v3, simple_tag_v3, simple_v3, ' +
        'simple_world_comm_v3',
    ],
    [['runs/run', '--set=seed=1'], '--set: expected --env (a checkpoint has its own keys), got a run'],
    [
      ['--env=simple_tag_v3', '--policy=random', '--best'],
      '--best: expected a run, got --env, which has no checkpoints; leave it out',
    ],
    [
      ['runs/run', '--gif=missing/a.gif'],
      '--gif: expected a file that can be written, got no such folder: missing/a.gif',
    ],
  ])('refuses %j', async (args, fault) => {
    const { code, stdout, stderr } = await runCli(cwd, ['replay', ...args]);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `${fault}\n` });
  });
});

describe('eval --record', () => {
  it('writes the episodes that it evaluates, and prints the same', async () => {
    const evaluation = ['eval', '--checkpoint=runs/run', '--episodes=3', '--seed=5', '--json'];
    const [plain, recorded] = await Promise.all([
      runCli(cwd, evaluation),
      runCli(cwd, [...evaluation, '--record=evaluation.json']),
    ]);
    expect(recorded).toEqual({ ...plain, stderr: 'recorded in evaluation.json\n' });
    const { policy } = JSON.parse(plain.stdout) as { policy: { mean: number } };
    const { episodes } = JSON.parse(fs.readFileSync(path.join(cwd, 'evaluation.json'), 'utf8')) as Recording;
    const returns = episodes.map(({ steps }) =>
      steps.flatMap(({ rewards }) => rewards).reduce((a, b) => a + b),
    );
    expect(returns.reduce((a, b) => a + b) / 9).toBeCloseTo(policy.mean, 10);
  });

  it('says which file it cannot write, with exit code 2', async () => {
    const { code, stderr } = await runCli(cwd, ['eval', '--checkpoint=runs/run', '--record=missing/a.html']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: '--record: expected a file that can be written, got no such folder: missing/a.html\n',
    });
  });

  it('refuses a file that no format has', async () => {
    const { code, stderr } = await runCli(cwd, ['eval', '--checkpoint=runs/run', '--record=film.avi']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: '--record: expected a file name that ends in .html, .json, .gif, .mp4, .png, got film.avi\n',
    });
  });
});
