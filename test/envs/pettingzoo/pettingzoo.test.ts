import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { started } from '../started.ts';
import { FastStream } from '../../../src/core/random.ts';
import { openPettingZoo, type PettingZoo } from '../../../src/envs/pettingzoo/open.ts';
import type { VectorEnv } from '../../../src/envs/vector-env.ts';
import { isRunning, PYTHON, pythonHas } from './python.ts';

const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));
const ROOT = path.join(FIXTURES, '../../../..');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-python-'));
const opened: PettingZoo[] = [];
const searched = process.env['PYTHONPATH'];
beforeAll(() => {
  process.env['PYTHONPATH'] = FIXTURES;
});
afterAll(() => {
  if (searched === undefined) delete process.env['PYTHONPATH'];
  else process.env['PYTHONPATH'] = searched;
  fs.rmSync(folder, { recursive: true });
  for (const { pid } of opened) expect(isRunning(pid), 'a Python process is left over').toBe(false);
});

function open(options: Record<string, unknown> = {}, timeout = 20): PettingZoo {
  const environments = openPettingZoo({ module: 'staggered', options, python: PYTHON, timeout });
  opened.push(environments);
  return environments;
}

/** Message and exit code of the error that `act` throws. */
function failure(act: () => unknown): [string, number] | 'none' {
  try {
    act();
  } catch (error) {
    return [(error as Error).message, (error as { exitCode: number }).exitCode];
  }
  return 'none';
}

/** Joint actions [E, 5]: early and late 0.5, last choice 1. */
function actionsOf(env: VectorEnv): Float32Array {
  return Float32Array.from(Array.from({ length: env.count }, () => [0.5, 0.5, 0, 1, 0]).flat());
}

// npm does not install Python and numpy.
const hasNumpy = pythonHas('numpy');

describe.skipIf(!hasNumpy)(`environments in Python (skipped if ${PYTHON} has no numpy)`, () => {
  it('describe their agents, with multi-dimensional arrays flattened', () => {
    const environments = open();
    const env = started(environments, 1);
    environments.close();
    expect(env.name).toBe('staggered');
    expect(env.spec.agents).toEqual([
      {
        name: 'early',
        team: 'early',
        obsWidth: 2,
        actWidth: 1,
        actionKind: 'box',
        actionLow: -1,
        actionHigh: 1,
      },
      {
        name: 'late',
        team: 'late',
        obsWidth: 2,
        actWidth: 1,
        actionKind: 'box',
        actionLow: -1,
        actionHigh: 1,
      },
      {
        name: 'last',
        team: 'last',
        obsWidth: 4,
        actWidth: 3,
        actionKind: 'discrete',
        actionLow: 0,
        actionHigh: 1,
      },
    ]);
  });

  it('mask agents that finish early, and start the next episode in the step that ends one', () => {
    const environments = open();
    const env = started(environments, 1);
    env.reset([0]);
    const steps = Array.from({ length: 6 }, () => {
      env.step(actionsOf(env));
      return [env.nextObs, env.obs, env.rewards, env.terminals, env.agentMask, env.ended].map((array) => [
        ...array,
      ]);
    });
    environments.close();
    expect(steps).toEqual([
      [[1, 1, 2, 1, 0, 1, 0, 0], [1, 1, 2, 1, 0, 1, 0, 0], [11, 12, 13], [0, 0, 0], [1, 1, 1], [0]],
      [[1, 2, 2, 2, 0, 0, 1, 0], [0, 0, 2, 2, 0, 0, 1, 0], [21, 22, 23], [1, 0, 0], [1, 1, 1], [0]],
      [[0, 0, 2, 3, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 1], [0, 32, 33], [1, 0, 0], [0, 1, 1], [0]],
      [[0, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0, 0], [0, 0, 43], [1, 0, 0], [0, 0, 1], [0]],
      [[0, 0, 0, 0, 0, 1, 0, 0], [1, 0, 2, 0, 1, 0, 0, 0], [0, 0, 53], [1, 0, 1], [0, 0, 1], [1]],
      [[1, 1, 2, 1, 0, 1, 0, 0], [1, 1, 2, 1, 0, 1, 0, 0], [11, 12, 13], [0, 0, 0], [1, 1, 1], [0]],
    ]);
  });

  it('share one process, each with its own seed', () => {
    const environments = open();
    const [three, one] = [started(environments, 3), started(environments, 1)];
    three.reset([10, 20, 30]);
    one.step(actionsOf(one));
    expect([
      ...three.obs.subarray(0, 2),
      ...three.obs.subarray(8, 10),
      ...three.obs.subarray(16, 18),
    ]).toEqual([11, 0, 21, 0, 31, 0]);
    expect(one.obs[1]).toBe(1);
    environments.close();
  });

  it('cannot be saved: restore() starts new episodes, seeded by what was played', () => {
    const environments = open();
    const env = started(environments, 2);
    env.reset([3, 4]);
    for (let t = 0; t < 7; t++) env.step(actionsOf(env));
    const bytes = env.snapshot();
    env.restore(bytes);
    expect(env.resumable).toBe(false);
    const seeds = [3, 4].map((seed) => new FastStream(seed, 'after 2 episodes').uint32());
    expect([env.obs[0], env.obs[8]]).toEqual(seeds.map((seed) => Math.fround(seed + 1)));
    environments.close();
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      'an option',
      { colour: 1 },
      "TypeError: Staggered.__init__() got an unexpected keyword argument 'colour'",
    ],
    ['a value', { fault: 'options' }, 'ValueError: no such fault'],
  ])('refuse %s that they do not accept, and leave no process', (_, options, text) => {
    const [message, code] = failure(() => open(options)) as [string, number];
    expect(message.replace(/ \(staggered\.py:\d+\)$/, '')).toBe(
      `env_options: expected arguments of staggered.parallel_env, got an error: ${text}`,
    );
    expect(code).toBe(2);
  });

  it.each([
    ['dict', 'Dict observations for early'],
    ['bounds', 'action bounds [-1.0] and [1.0, 3.0] for early'],
  ])('with an unsupported space are refused: %s', (fault, text) => {
    expect(failure(() => open({ fault }))).toEqual([
      'env_id: expected Box, Discrete or MultiBinary observations, and Discrete actions or Box actions with the same ' +
        `finite bounds for all components, got staggered with ${text}`,
      2,
    ]);
  });

  it('with action masks take allowed actions only, over several episodes', () => {
    const environments = open({ masks: true });
    const env = started(environments, 2);
    const rows = (mask: Uint8Array): number[][] => [[...mask.subarray(0, 5)], [...mask.subarray(5)]];
    const closed = (t: number): number[][] =>
      [0, 1].map(() => [1, 1, ...[0, 1, 2].map((k) => (k === t % 3 ? 0 : 1))]);
    expect(rows(env.actionMask!)).toEqual(closed(0));
    for (let t = 1; t <= 12; t++) {
      env.step(Float32Array.from(env.actionMask!));
      const last = t % 5 === 0;
      expect(rows(env.nextActionMask!)).toEqual(last ? [0, 1].map(() => [1, 1, 1, 1, 1]) : closed(t % 5));
      expect(rows(env.actionMask!)).toEqual(closed(t % 5));
      expect([...env.ended]).toEqual(last ? [1, 1] : [0, 0]);
    }
    environments.close();
  });

  it('without action masks have none', () => {
    const environments = open();
    const env = started(environments, 2);
    env.step(actionsOf(env));
    expect([env.actionMask, env.nextActionMask]).toEqual([undefined, undefined]);
    environments.close();
  });

  it.each([
    ['short mask', 'infos.last.action_mask: expected 3 values, one per action, got a list of 2'],
    ['no mask', 'infos.last.action_mask: expected a mask, as before, got nothing'],
    ['fractional mask', 'infos.last.action_mask: expected 0, 1, False or True, got [1.0, 0.5, 0.0]'],
    ['mask of nothing', 'infos.last.action_mask: expected at least one allowed action, got none'],
    [
      'mask of a box',
      'infos.late.action_mask: expected no mask, since its action space is a Box, got a list of 1',
    ],
  ])('stop at a fault in masks: %s', (fault, message) => {
    const environments = open({ masks: true, fault });
    const env = started(environments, 1);
    env.step(Float32Array.from(env.actionMask!));
    const found = failure(() => {
      env.step(Float32Array.from(env.actionMask!));
    });
    environments.close();
    expect(found).toEqual([`staggered: ${message}`, 1]);
  });

  it.each<[string, RegExp]>([
    [
      'error',
      /^staggered: Python failed in step\(\): RuntimeError: the world is gone \(staggered\.py:\d+\)$/,
    ],
    [
      'exit',
      /^staggered: the Python process ended in step\(\) \(exit code 3\); its last output: out of memory$/,
    ],
    [
      'four values',
      /^staggered: step\(\): expected observations, rewards, terminations, truncations, infos, got a tuple of 4$/,
    ],
    [
      'killed',
      /^staggered: the Python process ended in step\(\) \(SIGKILL\); its last output: on standard output$/,
    ],
    [
      'hang',
      /^staggered: expected an answer from Python within 1 s, got none in step\(\) \(stuck at staggered\.py:\d+ in break_down\); if it is just slow, raise python_timeout$/,
    ],
    [
      'hang with the lock',
      /^staggered: expected an answer from Python within 1 s, got none in step\(\) \(stuck at staggered\.py:\d+ in break_down\); /,
    ],
  ])('that fail (%s) give one line and exit code 1', (fault, expected) => {
    const environments = open({ fault }, fault.startsWith('hang') ? 1 : 20);
    const env = started(environments, 2);
    env.step(actionsOf(env));
    const found = failure(() => {
      env.step(actionsOf(env));
    });
    environments.close();
    expect(found[0]).toMatch(expected);
    expect(found[1]).toBe(1);
  });

  it.each([
    ['no number earned', 'rewards.late: expected finite numbers, got NaN'],
    ['no number seen', 'observations.late: expected finite numbers, got NaN'],
    ['one number', 'observations.late: expected 2 numbers (shape (1, 2)), got shape (1,)'],
    ['a scalar', 'observations.late: expected 2 numbers (shape (1, 2)), got 7.0'],
    ['too wide', 'observations.late: expected 2 numbers (shape (1, 2)), got shape (1, 3)'],
    ['a short list', 'observations.late: expected 2 numbers (shape (1, 2)), got a list of 1'],
    ['text', 'observations.late: expected 2 numbers (shape (1, 2)), got a list of 1'],
    ['no such choice', 'observations.last: expected an integer from 1 to 4, got 5'],
    ['no observation', 'observations.late: expected 2 numbers (shape (1, 2)), got nothing'],
    ['no last observation', 'observations.early: expected 2 numbers (shape (1, 2)), got nothing'],
    ['no reward', 'rewards.last: expected a number, got nothing'],
    ['no termination', 'terminations.last: expected true or false, got nothing'],
  ])(
    'that return invalid results (%s) are refused naming the agent, and obs stays unchanged',
    (fault, text) => {
      const environments = open({ fault });
      const env = started(environments, 1);
      env.step(actionsOf(env));
      const found = failure(() => {
        env.step(actionsOf(env));
      });
      environments.close();
      expect(found).toEqual([`staggered: ${text}`, 1]);
      expect([...env.obs]).toEqual([1, 1, 2, 1, 0, 1, 0, 0]);
    },
  );

  it('are known to have exited even if a child process of theirs still runs', () => {
    const log = path.join(folder, 'child');
    const environments = open({ fault: 'exit without its child', log });
    const env = started(environments, 1);
    env.step(actionsOf(env));
    const found = failure(() => {
      env.step(actionsOf(env));
    });
    environments.close();
    process.kill(Number(fs.readFileSync(log, 'utf8').split('\n').at(-2)));
    expect(found).toEqual([
      'staggered: the Python process ended in step() (exit code 4); its last output: on standard output',
      1,
    ]);
  });

  it.each([
    ['reset without infos', 'reset(): expected observations, infos, got a dict of 3'],
    ['reset without agents', 'agents: expected at least one agent in the new episode, got none'],
  ])('that do not start an episode (%s) are refused', (fault, text) => {
    const environments = open({ fault });
    expect(failure(() => started(environments, 1))).toEqual([`staggered: ${text}`, 1]);
    environments.close();
  });

  it('may return lists as observations', () => {
    const environments = open({ fault: 'lists' });
    const env = started(environments, 1);
    env.step(actionsOf(env));
    environments.close();
    expect([...env.obs]).toEqual([1, 1, 2, 1, 0, 1, 0, 0]);
  });

  it('refuse an option with the position in their own code, not in numpy', () => {
    const [message] = failure(() => open({ fault: 'options that numpy refuses' })) as [string, number];
    expect(message).toMatch(
      /^env_options: .* got an error: ValueError: zero-size array to reduction operation maximum .* \(staggered\.py:\d+\)$/,
    );
  });

  it('are all closed by close(), and so is the one created to read the spaces', () => {
    const log = path.join(folder, 'closed');
    const environments = open({ log });
    started(environments, 3);
    started(environments, 1);
    expect(fs.readFileSync(log, 'utf8')).toBe('closed\n');
    environments.close();
    environments.close();
    expect(fs.readFileSync(log, 'utf8')).toBe('closed\n'.repeat(5));
  });

  it.each<[string, RegExp]>([
    [
      'error in close',
      /^staggered: the Python process ended in close\(\) \(exit code 1\); its last output: RuntimeError: the door is stuck \(staggered\.py:\d+\)$/,
    ],
    [
      'hang in close',
      /^staggered: expected an answer from Python within 5 s, got none in close\(\) \(stuck at staggered\.py:\d+ in close\)$/,
    ],
  ])('that cannot be closed (%s) cause a warning and leave no process', async (fault, expected) => {
    const log = path.join(folder, fault);
    const environments = open({ fault, log });
    started(environments, 2);
    const warned = once(process, 'warning') as Promise<[Error]>;
    environments.close();
    expect((await warned)[0].message).toMatch(expected);
    expect(isRunning(environments.pid)).toBe(false);
    // An error in one does not stop the other from being closed.
    expect(fs.readFileSync(log, 'utf8')).toBe('closed\n'.repeat(fault === 'error in close' ? 3 : 2));
  });

  it.each<[string, string, RegExp]>([
    [
      './envs/fake.py',
      PYTHON,
      /^env_id: expected the name of a Python module such as mpe2\.simple_spread_v3, got \.\/envs\/fake\.py; for a file fake\.py set env_id: fake, and run in its folder or add that folder to PYTHONPATH$/,
    ],
    ['fake.py', PYTHON, /^env_id: .*, got fake\.py; for a file fake\.py set env_id: fake, /],
    [
      'nowhere',
      PYTHON,
      /^env_id: expected an importable Python module, got nowhere: No module named 'nowhere'; for a module of your own, run in its folder or add that folder to PYTHONPATH$/,
    ],
    [
      'simple_spread_v3',
      PYTHON,
      /^env_id: expected an importable Python module, got simple_spread_v3: No module named 'simple_spread_v3'; did you mean mpe2\.simple_spread_v3\?$/,
    ],
    ['json', PYTHON, /^env_id: expected a Python module with parallel_env, got json, which has none$/],
    [
      'staggered',
      'no-such-python',
      /^python: expected a Python interpreter, got no-such-python, which cannot be started \(ENOENT\); install Python 3, or set the key python to another interpreter$/,
    ],
    [
      'staggered',
      '/dev/null',
      /^python: expected a Python interpreter, got \/dev\/null, which cannot be started \(EACCES\); /,
    ],
    ['staggered', 'true', /^staggered: the Python process ended while loading \(exit code 0\)$/],
  ])('module %s in interpreter %s is refused by name', (module, python, expected) => {
    const found = failure(() => openPettingZoo({ module, options: {}, python, timeout: 20 }));
    expect(found[0]).toMatch(expected);
    expect(found[1]).toBe(module === 'staggered' && python === 'true' ? 1 : 2);
  });

  it('in a known package that is missing come with the pip command that installs it', () => {
    // Shadows an installed mpe2.
    fs.writeFileSync(path.join(folder, 'mpe2.py'), `raise ImportError("No module named 'mpe2'")`);
    process.env['PYTHONPATH'] = folder;
    const found = failure(() =>
      openPettingZoo({ module: 'mpe2.simple_spread_v3', options: {}, python: PYTHON, timeout: 20 }),
    );
    process.env['PYTHONPATH'] = FIXTURES;
    expect(found).toEqual([
      "env_id: expected an importable Python module, got mpe2.simple_spread_v3: No module named 'mpe2'; install it: " +
        `${PYTHON} -m pip install mpe2`,
      2,
    ]);
  });

  it.each(['SIGKILL', 'SIGTERM', 'process.exit'] as const)(
    'leave no process behind if this one ends by %s during a step',
    async (end) => {
      const program = `
        import { openPettingZoo } from ${JSON.stringify(path.join(ROOT, 'dist/envs/pettingzoo/open.js'))};
        const environments = openPettingZoo({ module: 'staggered', options: { fault: 'hang' }, python: ${JSON.stringify(PYTHON)}, timeout: 50 });
        const env = environments.make(1);
        env.reset([0]);
        console.log(environments.pid);
        env.step(Float32Array.of(0.5, 0.5, 0, 1, 0));
        if (${end === 'process.exit'}) process.exit(0);
        env.step(Float32Array.of(0.5, 0.5, 0, 1, 0));
      `;
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [text] = (await once(child.stdout, 'data')) as [Buffer];
      const pid = Number(text.toString());
      expect(pid).toBeGreaterThan(1);
      if (end !== 'process.exit') {
        await new Promise((resolve) => setTimeout(resolve, 200)); // until it hangs in the step
        expect(isRunning(pid)).toBe(true);
        child.kill(end);
      }
      await once(child, 'exit');
      await gone(pid);
    },
  );

  it.each(['SIGKILL', 'process.exit'] as const)(
    'are closed if this process ends by %s between two steps',
    async (end) => {
      const log = path.join(folder, end);
      const program = `
        import { openPettingZoo } from ${JSON.stringify(path.join(ROOT, 'dist/envs/pettingzoo/open.js'))};
        const environments = openPettingZoo({ module: 'staggered', options: { log: ${JSON.stringify(log)} }, python: ${JSON.stringify(PYTHON)}, timeout: 50 });
        environments.make(2).reset([0, 1]);
        console.log(environments.pid);
        process.stdin.on('end', () => process.exit()).resume();
      `;
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const [text] = (await once(child.stdout, 'data')) as [Buffer];
      if (end === 'SIGKILL') child.kill(end);
      else child.stdin.end();
      await once(child, 'exit');
      await gone(Number(text.toString()));
      expect(fs.readFileSync(log, 'utf8')).toBe('closed\n'.repeat(3));
    },
  );
});

/** Waits for a process to exit. */
async function gone(pid: number): Promise<void> {
  for (let wait = 0; wait < 400 && isRunning(pid); wait++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isRunning(pid)).toBe(false);
}
