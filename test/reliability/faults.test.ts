/**
 * What can go wrong around a training, what the user sees, and what is left: after every fault the last checkpoint resumes
 * to the bytes of a run that nothing disturbed. `npm test` has the cheap rows, `npm run test:faults` all of them, at random
 * instants.
 */
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  BIN,
  newestWeights,
  runCli,
  startCli,
  temporaryFolder,
  TINY,
  type CliResult,
  type RunningCli,
  results,
} from '../cli/run-cli.ts';
import { IN_STEP, writeFaultyEnvironment } from './faulty-environment.ts';
import { cases, firstSeed, LONG } from './scale.ts';

const cwd = temporaryFolder();
const seed = firstSeed('faults');
const rounds = cases(1, 5);

/** Two environments of fault.mjs, with a checkpoint every 20 of 200 steps. */
const TRAIN = [
  'train',
  ...TINY,
  '--json',
  ...[
    'env_name=custom',
    'env_id=./fault.mjs',
    'use_parameter_sharing=false',
    'parallels=2',
    'save_interval=20',
    'keep_checkpoints=0',
  ].map((setting) => `--set=${setting}`),
];

/** Steps of environments in the whole run, at least: faults come before. */
const CALLS = 200;

type Meanwhile = (training: RunningCli) => Promise<void>;

interface Row {
  readonly fault: string;
  /** Part of `npm test`. */
  readonly cheap?: boolean;
  readonly inStep?: keyof typeof IN_STEP;
  readonly variables?: Readonly<Record<string, string>>;
  readonly settings?: readonly string[];
  /** What happens meanwhile. */
  readonly meanwhile?: Meanwhile;
  /** null: ended by a signal, which shells report as 130. */
  readonly code: number | null;
  /** A line of standard error. */
  readonly says: RegExp;
  /** In log.jsonl. */
  readonly logs?: string;
  /** Whether the run can and must be resumed; otherwise it has gone to its end. */
  readonly resumes: boolean;
  /** Settings of the resumed run, and of the undisturbed one in place of `settings`. */
  readonly resumedWith?: readonly string[];
}

const IN_BACKGROUND = /^environment: expected errors in reset\(\) and step\(\) only, got /;
const SAVING = /^saving a checkpoint; press Ctrl-C again to quit immediately$/;
const background = (what: string): RegExp =>
  new RegExp(`${IN_BACKGROUND.source}${what} \\(fault\\.mjs:\\d+:\\d+\\)$`);

/** Presses Ctrl-C until the training ends. */
async function insist(training: RunningCli): Promise<void> {
  await training.says('looping');
  let over = false as boolean;
  void training.ended.then(() => (over = true));
  while (!over) {
    training.interrupt();
    await new Promise((resolve) => setTimeout(resolve, 100)); // an echo of a signal does not count
  }
}

/** Sends signals after the first update. */
function sent(...signals: readonly NodeJS.Signals[]): Meanwhile {
  return async (training) => {
    await training.says('loss_critic');
    for (const signal of signals) training.interrupt(signal);
  };
}

/** Long enough for signals that come late. */
const LENGTHY = ['running_steps=6000', 'save_interval=2000', 'eval_interval=2000'];

const ROWS: readonly Row[] = [
  {
    fault: 'an environment that calls process.exit(0)',
    cheap: true,
    inStep: 'exits',
    code: 1,
    says: /^\.\/fault\.mjs: step\(\) failed: expected it to return, got process\.exit\(0\) \(fault\.mjs:\d+:\d+\)$/,
    logs: 'expected it to return, got process.exit(0)',
    resumes: true,
  },
  {
    fault: 'an environment that throws',
    inStep: 'throws',
    code: 1,
    says: /^\.\/fault\.mjs: step\(\) failed: broken \(fault\.mjs:\d+:\d+\)$/,
    logs: 'broken',
    resumes: true,
  },
  {
    fault: 'an environment whose promise rejects',
    inStep: 'rejects',
    code: 1,
    says: background('an unhandled rejection: broken'),
    logs: 'an unhandled rejection: broken',
    resumes: true,
  },
  {
    fault: 'an environment whose timer throws',
    inStep: 'throws in a timer',
    code: 1,
    says: background('an error in a timer or callback: broken'),
    logs: 'an error in a timer or callback: broken',
    resumes: true,
  },
  {
    fault: 'an environment whose timer calls process.exit(0)',
    inStep: 'exits in a timer',
    code: 1,
    says: background('an error in a timer or callback: expected it to return, got process\\.exit\\(0\\)'),
    logs: 'got process.exit(0)',
    resumes: true,
  },
  {
    fault: 'an environment that prints',
    cheap: true,
    inStep: 'prints',
    code: 0,
    says: /^printed$/,
    resumes: false,
  },
  {
    fault: 'an environment that allocates without end',
    inStep: 'allocates',
    variables: { NODE_OPTIONS: '--max-old-space-size=64' },
    code: 1,
    says: /^memory: expected room in the JavaScript heap, got a full one; .*NODE_OPTIONS=--max-old-space-size=8192$/,
    resumes: true,
  },
  ...(['loops', 'sleeps', 'runs a program'] as const).map((inStep) => ({
    fault: `Ctrl-C twice, in an environment that ${inStep}`,
    cheap: inStep === 'loops',
    inStep,
    meanwhile: insist,
    code: inStep === 'runs a program' ? null : 130,
    says: SAVING,
    resumes: true,
  })),
  ...(['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => ({
    fault: signal,
    settings: LENGTHY,
    meanwhile: sent(signal),
    code: 130,
    says: SAVING,
    resumes: true,
  })),
  {
    fault: 'SIGTERM in an evaluation without end',
    cheap: true,
    inStep: 'is interrupted',
    settings: ['test_episode=1000000000'],
    code: 130,
    says: SAVING,
    resumes: true,
    resumedWith: ['test_episode=2'],
  },
  {
    fault: 'several SIGHUP, as closing terminals send',
    settings: LENGTHY,
    meanwhile: sent('SIGHUP', 'SIGHUP'),
    code: 130,
    says: /^interrupted; resume with: npx maddpg train --resume \S+$/,
    resumes: true,
  },
  {
    fault: 'SIGHUP under nohup, started by a shell',
    variables: { _: '/usr/bin/nohup' },
    settings: LENGTHY,
    meanwhile: sent('SIGHUP', 'SIGHUP'),
    code: 0,
    says: /^step 6000: return /,
    resumes: false,
  },
];

function withSettings(settings: readonly string[] = []): string[] {
  return [...TRAIN, ...settings.map((setting) => `--set=${setting}`)];
}

/** Finished runs that nothing disturbed, by their settings. */
const undisturbed = new Map<string, Promise<string>>();

function reference(settings: readonly string[] = []): Promise<string> {
  const key = settings.join();
  const name = `undisturbed-${undisturbed.size}`;
  const known = undisturbed.get(key);
  if (known) return known;
  const run = runCli(cwd, [...withSettings(settings), `--name=${name}`]).then(({ code, stderr }) => {
    if (code !== 0) throw new Error(stderr);
    return path.join(cwd, 'runs', name);
  });
  undisturbed.set(key, run);
  return run;
}

function expectSame(run: string, whole: string): void {
  expect(newestWeights(run).equals(newestWeights(whole))).toBe(true);
  expect(results(run)).toEqual(results(whole));
}

function expectPlain({ stderr }: CliResult, says: RegExp): void {
  expect(stderr.split('\n')).toContainEqual(expect.stringMatching(says));
  expect(stderr).not.toMatch(/^ {4}at |unexpected error/m);
}

beforeAll(() => {
  writeFaultyEnvironment(path.join(cwd, 'fault.mjs'));
});

const rows = ROWS.filter(({ cheap }) => LONG || cheap === true).flatMap((row) =>
  Array.from({ length: row.inStep ? rounds : 1 }, (_, k) => ({ ...row, k })),
);

describe.concurrent('a training', () => {
  it.each(rows.map((row, k) => ({ ...row, name: `${k}` })))('survives $fault ($k)', async (row) => {
    const { inStep, variables, settings, meanwhile, code, says, logs, resumes, resumedWith, k, name } = row;
    // After the first checkpoint; the first round is where most of it is over.
    const at = k === 0 ? 150 : 60 + ((seed * 7919 + k * 104729) % (CALLS - 70));
    const whole = reference(resumedWith ?? settings);
    const fault = inStep && { FAULT: inStep, FAULT_AT: String(at) };
    const training = startCli(cwd, [...withSettings(settings), `--name=${name}`], { ...variables, ...fault });
    await meanwhile?.(training);
    const result = await training.ended;
    const run = path.join(cwd, 'runs', name);
    expect(result.code, `FAULT_AT=${at}\n${result.stderr}`).toBe(code);
    expectPlain(result, says);
    if (logs !== undefined) expect(fs.readFileSync(path.join(run, 'log.jsonl'), 'utf8')).toContain(logs);
    if (code === 0) expect(JSON.parse(result.stdout)).toMatchObject({ ended: 'running_steps' });
    if (resumes) {
      const sets = resumedWith?.map((setting) => `--set=${setting}`) ?? [];
      const resumed = await runCli(cwd, ['train', `--resume=runs/${name}`, '--json', ...sets]);
      expect(resumed.code, resumed.stderr).toBe(0);
    }
    expectSame(run, await whole);
  });

  it('hears Ctrl-C amid the updates of one step, and says in the checkpoint how many are due', async () => {
    const training = startCli(cwd, [
      ...withSettings(['n_epochs=1000000000', 'save_interval=100']),
      '--name=epochs',
    ]);
    await training.says('loss_critic');
    training.interrupt();
    const result = await training.ended;
    expect(result.code).toBe(130);
    expectPlain(result, SAVING);
    const checkpoint = path.join(cwd, 'runs', 'epochs', 'checkpoints', 'step-000000040');
    const state = JSON.parse(fs.readFileSync(path.join(checkpoint, 'state.json'), 'utf8')) as {
      iterations: number;
      updates_due: number;
    };
    expect(state.iterations).toBeGreaterThan(0);
    expect(state.iterations + state.updates_due).toBe(1e9);
  });

  it('ends with one line if its environment waits for what never comes', async () => {
    fs.writeFileSync(path.join(cwd, 'waits.mjs'), 'await new Promise(() => {});');
    const result = await runCli(cwd, withSettings(['env_id=./waits.mjs']));
    expect(result.code).toBe(1);
    expectPlain(
      result,
      /^environment: expected the program to keep running, got a promise that never settles; check the module, its reset\(\) and step\(\)$/,
    );
    expect(result.stdout).toBe('');
  });

  const streams: (readonly [who: string, redirection: string])[] = [
    ['a reader of both outputs that leaves', '2>&1 | head -n 1 >/dev/null'],
    ['a reader of standard error that leaves', '2>&1 >/dev/null | head -n 1 >/dev/null'],
    ['a reader of standard output that leaves', '| true'],
    ['standard error on a full device', '2>/dev/full'],
    ['no standard output or error at all', '>&- 2>&-'],
  ];
  it.each(streams.slice(0, LONG ? Infinity : 1))('goes on to its end with %s', async (what, redirection) => {
    const name = what.replaceAll(' ', '-');
    const command = [`"${process.execPath}" "${BIN}"`, ...TRAIN, `--name=${name}`].join(' ');
    const code = path.join(cwd, `${name}.code`);
    await inShell(`(${command}; echo $? > "${code}") ${redirection}`);
    expect(fs.readFileSync(code, 'utf8')).toBe('0\n');
    const run = path.join(cwd, 'runs', name);
    expect(fs.readFileSync(path.join(run, 'log.jsonl'), 'utf8')).toContain('"msg":"ended"');
    expectSame(run, await reference());
  });

  it('says so if standard output takes no summary', async ({ skip }) => {
    skip(!LONG, 'npm run test:faults');
    skip(!fs.existsSync('/dev/full'), 'there is no /dev/full here');
    const command = [`"${process.execPath}" "${BIN}"`, ...TRAIN, '--name=unprinted'].join(' ');
    const { code, stderr } = await inShell(`${command} > /dev/full`);
    expect(code).toBe(1);
    expect(stderr).toContain('\nstandard output: expected a writable stream, got ENOSPC\n');
    expectSame(path.join(cwd, 'runs', 'unprinted'), await reference());
  });

  it('keeps its last checkpoint on a full disk, and resumes from it once there is room', async ({ skip }) => {
    const disk = temporaryFolder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]);
    skip(mounted.status !== 0, 'mounting a small disk needs root on Linux');
    try {
      const full = await runCli(cwd, [...TRAIN, `--model-dir=${disk}`, '--name=full']);
      expect(full.code).toBe(1);
      const run = path.join(disk, 'full');
      expect(full.stderr.trimEnd().split('\n').at(-1)).toMatch(
        /^\S+: expected to write it, got no space left on the device \(ENOSPC\); the last good checkpoint is \S+; free some space, then resume with: npx maddpg train --resume \S+$/,
      );
      expect(fs.readFileSync(path.join(run, 'checkpoints', 'latest'), 'utf8')).toMatch(/^step-\d{9}\n$/);
      expect(spawnSync('mount', ['-o', 'remount,size=16m', disk]).status).toBe(0);
      const resumed = await runCli(cwd, ['train', `--resume=${run}`, '--json']);
      expect(resumed.code, resumed.stderr).toBe(0);
      expectSame(run, await reference());
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  it('keeps its last checkpoint if it may no longer write, and resumes once it may', async ({ skip }) => {
    skip(!LONG, 'npm run test:faults');
    skip(process.getuid?.() === 0, 'root may write anywhere');
    const run = path.join(cwd, 'runs', 'denied');
    const settings = LENGTHY;
    const training = startCli(cwd, [...withSettings(settings), '--name=denied']);
    await training.says('loss_critic');
    fs.chmodSync(path.join(run, 'checkpoints'), 0o555);
    const result = await training.ended;
    fs.chmodSync(path.join(run, 'checkpoints'), 0o755);
    expect(result.code).toBe(1);
    const resumed = await runCli(cwd, ['train', '--resume=runs/denied', '--json']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expectSame(run, await reference(settings));
  });

  it('ends with one line if its run folder vanishes, and does not make it again', async () => {
    const training = startCli(cwd, [...withSettings(LENGTHY), '--name=vanished']);
    await training.says('loss_critic');
    fs.renameSync(path.join(cwd, 'runs', 'vanished'), path.join(cwd, 'runs', 'found'));
    const { code, stderr } = await training.ended;
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      'runs/vanished: expected the folder of the run, got none: it was moved or deleted while training; if it was moved, ' +
        'resume it there',
    );
    expect(fs.existsSync(path.join(cwd, 'runs', 'vanished'))).toBe(false);
  });
});

describe.concurrent('an evaluation', () => {
  const EVAL = ['eval', '--env=./fault.mjs', '--policy=random', '--set=env_name=custom', '--episodes=2000'];
  const rows: [keyof typeof IN_STEP, CliResult['code'], RegExp][] = [
    ['prints', 0, /^printed$/],
    ['exits', 1, /^\.\/fault\.mjs: step\(\) failed: expected it to return, got process\.exit\(0\) /],
    ['rejects', 1, background('an unhandled rejection: broken')],
    ['throws in a timer', 1, background('an error in a timer or callback: broken')],
  ];

  it.each(rows.slice(0, LONG ? Infinity : 2))(
    'survives an environment that %s',
    async (fault, code, says) => {
      const result = await startCli(cwd, [...EVAL, '--json'], { FAULT: fault, FAULT_AT: '10' }).ended;
      expect(result.code, result.stderr).toBe(code);
      expectPlain(result, says);
      if (code === 0) expect(JSON.parse(result.stdout)).toMatchObject({ episodes: 2000 });
      else expect(result.stdout).toBe('');
    },
  );
});

/** Runs a line in sh. */
function inShell(line: string): Promise<{ code: number | null; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', line], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject).on('close', (code) => {
      resolve({ code, stderr });
    });
  });
}
