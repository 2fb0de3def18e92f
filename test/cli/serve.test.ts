/** `maddpg serve`: answers what loadPolicy() does, one line for each, whatever it is sent. */
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/run/load-policy.ts';
import { VERSION } from '../../src/version.ts';
import { PYTHON } from '../envs/pettingzoo/python.ts';
import { BIN, ROOT, runCli, startCli, temporaryFolder, TINY } from './run-cli.ts';

const cwd = temporaryFolder();

beforeAll(async () => {
  const runs = {
    continuous: ['--set=continuous_action=true'],
    discrete: ['--set=continuous_action=false'],
    ensemble: ['--set=ensemble_size=2'],
    recurrent: ['use_rnn=true', 'rnn=LSTM', 'recurrent_hidden_size=3', 'N_recurrent_layers=2'].map(
      (key) => `--set=${key}`,
    ),
  };
  for (const [name, args] of Object.entries(runs))
    expect((await runCli(cwd, ['train', ...TINY, `--name=${name}`, ...args])).code).toBe(0);
}, 60_000);

interface Serving {
  /** The next line of standard output, parsed. */
  readonly next: () => Promise<unknown>;
  /** Sends a line and resolves with its answer. */
  readonly ask: (request: unknown) => Promise<unknown>;
  readonly child: ReturnType<typeof spawn>;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

function serving(...args: string[]): Serving {
  const child = spawn(process.execPath, [BIN, 'serve', ...args], { cwd });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done) throw new Error(`expected a line, got the end: ${stderr}`);
    return JSON.parse(line.value);
  };
  return {
    child,
    next,
    ask: (request) => {
      child.stdin.write(`${typeof request === 'string' ? request : JSON.stringify(request)}\n`);
      return next();
    },
    ended: new Promise((resolve) => {
      child.on('close', (code) => {
        resolve({ code, stderr });
      });
    }),
  };
}

const WIDTH = 18;
/** Of the recurrent run: h and c of two layers. */
const STATE = 2 * 2 * 3;
const row = (seed: number): number[] =>
  Array.from({ length: WIDTH }, (_, k) => ((k * 7 + seed * 3) % 11) / 8 - 0.5);
const NAMES = ['agent_0', 'agent_1', 'agent_2'];
const byAgent = <T>(of: (i: number) => T): Record<string, T> =>
  Object.fromEntries(NAMES.map((name, i) => [name, of(i)]));

/** What loadPolicy() does. */
async function acted(
  run: string,
  observations: Record<string, number[]>,
  options = {},
): Promise<Record<string, unknown>> {
  const policy = await loadPolicy(path.join(cwd, 'runs', run));
  const rows = Object.entries(observations).map(([name, own]) => [name, Float32Array.from(own)] as const);
  const actions = policy.act(Object.fromEntries(rows), options);
  policy.dispose();
  return Object.fromEntries(
    Object.entries(actions).map(([name, action]) => [
      name,
      typeof action === 'number' ? action : [...action],
    ]),
  );
}

describe('maddpg serve', () => {
  it('says what it serves, and answers until its input ends', async () => {
    const { next, ask, child, ended } = serving('runs/continuous');
    expect(await next()).toEqual({
      ...{ maddpg: VERSION, checkpoint: 'runs/continuous/checkpoints/step-000000200', step: 200 },
      ...{ env_id: 'simple_spread_v3', sub_policies: 1 },
      agents: NAMES.map((name) => ({
        ...{ name, observation: WIDTH },
        action: { kind: 'box', size: 5, low: 0, high: 1 },
      })),
    });
    const [first, second] = [byAgent(row), byAgent((i) => row(i + 3))];
    const expected = [await acted('continuous', first), await acted('continuous', second)];
    expect(await ask({ observations: first, id: 'a' })).toEqual({ id: 'a', actions: expected[0] });
    // Batches, and some of the agents.
    const both = byAgent((i) => [first[NAMES[i]!], second[NAMES[i]!]]);
    expect(await ask({ observations: both })).toEqual({
      actions: byAgent((i) => expected.map((actions) => actions[NAMES[i]!])),
    });
    expect(await ask({ observations: { agent_1: first['agent_1'] } })).toEqual({
      actions: { agent_1: expected[0]!['agent_1'] },
    });
    // The last line needs no end.
    child.stdin!.end(JSON.stringify({ observations: first }));
    expect(await next()).toEqual({ actions: expected[0] });
    expect(await ended).toEqual({ code: 0, stderr: '' });
  });

  it('chooses among allowed actions', async () => {
    const { next, ask, child, ended } = serving('runs/discrete', '--best');
    expect(await next()).toMatchObject({
      agents: NAMES.map(() => ({ action: { kind: 'discrete', size: 5 } })),
    });
    const observations = byAgent(row);
    for (let k = 0; k < 5; k++) {
      const only = [0, 1, 2, 3, 4].map((choice) => (choice === k ? 1 : 0));
      expect(await ask({ observations, action_masks: byAgent(() => only) })).toEqual({
        actions: byAgent(() => k),
      });
      expect(
        await ask({
          observations: byAgent((i) => [row(i), row(i)]),
          action_masks: { agent_1: [only, [true, false, false, false, false]] },
        }),
      ).toMatchObject({ actions: { agent_1: [k, 0] } });
    }
    child.stdin!.end();
    expect((await ended).code).toBe(0);
  });

  it('plays the sub-policy that is asked for', async () => {
    const { next, ask, child, ended } = serving('runs/ensemble');
    expect(await next()).toMatchObject({ sub_policies: 2 });
    const observations = byAgent(row);
    const expected = [0, 1].map((subPolicy) => acted('ensemble', observations, { subPolicy }));
    expect(await ask({ observations })).toEqual({ actions: await expected[0] });
    expect(await ask({ observations, sub_policy: 1 })).toEqual({ actions: await expected[1] });
    expect(await ask({ observations, sub_policy: { shared: 1 } })).toEqual({ actions: await expected[1] });
    expect(await ask({ observations, sub_policy: 2 })).toEqual({
      error: 'subPolicy: expected a whole number from 0 to 1 (ensemble_size 2), got 2',
    });
    child.stdin!.end();
    expect((await ended).code).toBe(0);
  });

  it('answers a bad line with one line, and goes on', async () => {
    const { next, ask, child, ended } = serving('runs/continuous');
    await next();
    const observations = byAgent(row);
    const wrong = (own: unknown): unknown => ({ observations: { ...observations, agent_0: own } });
    const faults: [unknown, string][] = [
      ['', 'request: expected a line of JSON, got an empty one'],
      ['{"observations', 'request: expected a line of JSON, got {"observations'],
      ['\u0007\u001b[2J', String.raw`request: expected a line of JSON, got \u0007\u001b[2J`],
      ['[1]', 'request: expected an object, got an array of 1'],
      ['null', 'request: expected an object, got none'],
      [{}, 'observations: expected an object by agent, got none'],
      [
        { observation: {} },
        'request: expected fields of id, observations, states, action_masks, sub_policy, got observation',
      ],
      [{ id: {}, observations }, 'id: expected a string or a number, got an object'],
      [
        { observations: { agent_3: row(0) } },
        'observations: expected agents of agent_0, agent_1, agent_2, got agent_3',
      ],
      [
        '{"observations": {"__proto__": [1]}}',
        'observations: expected agents of agent_0, agent_1, agent_2, got __proto__',
      ],
      [wrong(row(0).slice(1)), 'observations.agent_0: expected 18 numbers, got 17'],
      [wrong('x'), 'observations.agent_0: expected a list of numbers, got "x"'],
      [
        wrong([...row(0).slice(1), null]),
        'observations.agent_0[17]: expected a number that float32 holds, got none',
      ],
      [
        wrong([...row(0).slice(1), 1e39]),
        'observations.agent_0[17]: expected a number that float32 holds, got 1e+39',
      ],
      [
        { observations: byAgent((i) => Array.from({ length: i + 1 }, () => row(i))) },
        'observations.agent_1: expected 1 lists, as many as for the first agent, got an array of 2',
      ],
      [{ observations, action_masks: [] }, 'action_masks: expected an object by agent, got an array of 0'],
      [
        { observations: { agent_0: row(0) }, action_masks: { agent_1: [1] } },
        'action_masks: expected agents that observe, got agent_1',
      ],
      [
        { observations, action_masks: { agent_0: [1] } },
        'actionMasks: expected agents with discrete actions (none), got agent_0',
      ],
      [
        { observations, states: { agent_0: [] } },
        'states.agent_0: expected none, as this policy is not recurrent, got an array of 0',
      ],
      [{ observations, sub_policy: 'x' }, 'sub_policy: expected a number, or an object by group, got "x"'],
    ];
    for (const [request, error] of faults) expect(await ask(request)).toEqual({ error });
    expect(await ask({ id: 3 })).toEqual({
      id: 3,
      error: 'observations: expected an object by agent, got none',
    });
    expect(await ask({ observations })).toEqual({ actions: await acted('continuous', observations) });
    child.stdin!.end();
    expect(await ended).toEqual({ code: 0, stderr: '' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends at %s with exit code 130', async (signal) => {
    const { next, ask, child, ended } = serving('runs/continuous');
    await next();
    // Listens to signals once it answers.
    await ask({ observations: byAgent(row) });
    child.kill(signal);
    expect(await ended).toEqual({ code: 130, stderr: '' });
  });

  it('ends with its reader, quietly', async () => {
    const { next, child, ended } = serving('runs/continuous');
    await next();
    child.stdout!.destroy();
    child.stdin!.on('error', () => undefined); // it may have ended already
    for (let k = 0; k < 2; k++) child.stdin!.write('{}\n');
    expect(await ended).toEqual({ code: 0, stderr: '' });
  });

  it('refuses a run that there is not, and an input that cannot be read', async () => {
    expect(await runCli(cwd, ['serve', 'nowhere'])).toEqual({
      ...{ code: 2, stdout: '' },
      stderr: 'nowhere: expected a run or checkpoint folder, got no such folder\n',
    });
    // No input is an end.
    expect((await startCli(cwd, ['serve', 'runs/continuous']).ended).code).toBe(0);
    const written = fs.openSync(path.join(cwd, 'written'), 'w');
    const { status, stderr } = spawnSync(process.execPath, [BIN, 'serve', 'runs/continuous'], {
      ...{ cwd, encoding: 'utf8' },
      stdio: [written, 'pipe', 'pipe'],
    });
    fs.closeSync(written);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'standard input: expected lines to read, got EBADF\n',
    });
  });

  it('takes and returns the states of a recurrent policy', async () => {
    const policy = await loadPolicy(path.join(cwd, 'runs', 'recurrent'));
    const { next, ask, child, ended } = serving('runs/recurrent');
    expect(await next()).toMatchObject({ agents: NAMES.map(() => ({ state: STATE })) });
    type Values = Record<string, number[]>;
    const zeros = byAgent(() => Array.from({ length: STATE }, () => 0));
    const state = policy.initialState();
    let states: Values = zeros;
    const begun: { observations: Values; states: Values; actions: Values }[] = [];
    for (let step = 0; step < 5; step++) {
      const observations = byAgent((i) => row(i + 3 * step));
      const rows = Object.entries(observations).map(([name, own]) => [name, Float32Array.from(own)] as const);
      const actions = Object.fromEntries(
        Object.entries(policy.act(Object.fromEntries(rows), { state })).map(([name, action]) => [
          name,
          [...(action as Float32Array)],
        ]),
      );
      const answer = (await ask({ observations, states })) as { actions: Values; states: Values };
      expect(answer.actions).toEqual(actions);
      begun.push({ observations, states, actions });
      ({ states } = answer);
    }
    // Steps of several episodes at once, and of one agent.
    const both = (of: (step: (typeof begun)[number]) => Values): Record<string, number[][]> =>
      byAgent((i) => begun.slice(2, 4).map((step) => of(step)[NAMES[i]!]!));
    expect(
      await ask({ observations: both((step) => step.observations), states: both((step) => step.states) }),
    ).toEqual({
      actions: both((step) => step.actions),
      states: byAgent((i) => [begun[3]!.states[NAMES[i]!]!, begun[4]!.states[NAMES[i]!]!]),
    });
    const one = ({ agent_1 }: Values): Values => ({ agent_1: agent_1! });
    expect(await ask({ observations: one(begun[1]!.observations), states: one(begun[1]!.states) })).toEqual({
      actions: one(begun[1]!.actions),
      states: one(begun[2]!.states),
    });
    const { observations } = begun[0]!;
    const fault = async (given: unknown): Promise<unknown> => ask({ observations, ...(given as object) });
    expect(await fault({})).toEqual({
      error: `states.agent_0: expected ${STATE} numbers, zeros where an episode begins, got none`,
    });
    expect(await fault({ states: { ...zeros, agent_2: [0] } })).toEqual({
      error: `states.agent_2: expected ${STATE} numbers, zeros where an episode begins, got 1`,
    });
    expect(await fault({ states: { ...zeros, agent_3: [0] } })).toEqual({
      error: 'states: expected agents that observe, got agent_3',
    });
    child.stdin!.end();
    expect((await ended).code).toBe(0);
    policy.dispose();
  });

  // They are Python.
  it.skipIf(spawnSync(PYTHON, ['--version']).status !== 0)('answers the lines of docs/serve.md', async () => {
    const page = fs.readFileSync(path.join(ROOT, 'docs', 'serve.md'), 'utf8');
    const snippet = /^```python\n(.*?)^```/ms.exec(page)![1]!;
    const program = snippet
      .replace('"npx", "maddpg"', [process.execPath, BIN].map((word) => JSON.stringify(word)).join(', '))
      .replace('runs/spread', 'runs/continuous');
    const { stdout, stderr } = spawnSync(PYTHON, ['-c', program], { cwd, encoding: 'utf8' });
    expect(stderr).toBe('');
    const zeros = await acted(
      'continuous',
      byAgent(() => row(0).fill(0)),
    );
    expect(JSON.parse(stdout.replaceAll("'", '"'))).toEqual(zeros);
  });
});
