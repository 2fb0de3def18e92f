/**
 * Runs the built program (bin/maddpg.js on dist/, which `npm test` builds first) in a temporary folder and returns its
 * output. Shared by the tests in this folder.
 */
import { execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';
import { packRun } from '../../src/run/archive.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = path.join(ROOT, 'bin', 'maddpg.js');

/** Trains for about a second: smoke.yaml with a tenth of its steps and small networks. */
export const TINY = [
  '--config=smoke.yaml',
  ...[
    'running_steps=200',
    'start_training=40',
    'training_frequency=4',
    'buffer_size=400',
    'batch_size=8',
    'actor_hidden_size=[8]',
    'critic_hidden_size=[8]',
    'eval_interval=100',
    'test_episode=2',
    'save_interval=100',
    'log_interval=100',
    'threads=1', // several run concurrently
  ].map((setting) => `--set=${setting}`),
];

/** Makes it long enough to be interrupted after its first evaluation, even if the signal is late. */
export const INTERRUPTIBLE = ['--set=running_steps=30000', '--set=save_interval=10000'];

/** A training whose rate of the actor is far too high: advice follows at steps 1000 and 1500. */
export const FAILING = [
  ...TINY,
  ...['running_steps=2000', 'eval_interval=250', 'save_interval=2000', 'learning_rate_actor=1'].map(
    (setting) => `--set=${setting}`,
  ),
];

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  /** Resolves when standard error contains `text`; rejects if the program ends first. */
  says(text: string): Promise<void>;
  /** Resolves with the first line on standard output. */
  firstLine(): Promise<string>;
  /** Sends SIGINT, or another signal. */
  interrupt(signal?: NodeJS.Signals): void;
  readonly ended: Promise<CliResult>;
}

/** Parent of a test file's temporary folders. */
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-cli-'));
afterAll(() => {
  fs.rmSync(scratch, { recursive: true });
});

/** A new temporary folder, removed after the file's tests. */
export function temporaryFolder(): string {
  return fs.mkdtempSync(path.join(scratch, 'folder-'));
}

/** Starts `maddpg <args>` in a folder, with more variables of the environment, stdin closed and no terminal. */
export function startCli(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningCli {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, ...output });
    });
  });
  return {
    ended,
    interrupt: (signal = 'SIGINT') => child.kill(signal),
    firstLine: () =>
      new Promise((resolve) => {
        const look = (): void => {
          if (output.stdout.includes('\n')) resolve(output.stdout.slice(0, output.stdout.indexOf('\n')));
        };
        child.stdout.on('data', look);
        look();
      }),
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (output.stderr.includes(text)) resolve();
        };
        child.stderr.on('data', look);
        child.on('close', () => {
          reject(new Error(`expected '${text}' on standard error, got:\n${output.stderr}`));
        });
        look();
      }),
  };
}

/** Runs `maddpg <args>` in a folder to completion. */
export function runCli(cwd: string, args: readonly string[]): Promise<CliResult> {
  return startCli(cwd, args).ended;
}

/** Weights of a run's newest checkpoint. */
export function newestWeights(run: string): Buffer {
  const checkpoint = fs.readFileSync(path.join(run, 'checkpoints', 'latest'), 'utf8').trim();
  return fs.readFileSync(path.join(run, 'checkpoints', checkpoint, 'weights.safetensors'));
}

/** metrics.csv of a run without timing columns. */
export function results(run: string): string[][] {
  const rows = fs
    .readFileSync(path.join(run, 'metrics.csv'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  const kept = rows[0]!.map((name) => name !== 'wall_s' && !name.startsWith('speed/'));
  return rows.map((row) => row.filter((_, column) => kept[column]));
}

/** All files below a folder, relative and sorted. */
export function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.statSync(path.join(folder, name)).isFile())
    .map((name) => name.replaceAll(path.sep, '/'))
    .sort();
}

/** A folder with examples/, unfinished runs/spread and runs/stopped, and runs/tag-1 and runs/tag-2, as help and README assume. */
async function folderWithRun(): Promise<string> {
  const cwd = temporaryFolder();
  fs.cpSync(path.join(ROOT, 'examples'), path.join(cwd, 'examples'), { recursive: true });
  const training = startCli(cwd, ['train', ...TINY, ...INTERRUPTIBLE, '--name=spread']);
  await training.says('step 100:');
  training.interrupt();
  await training.ended;
  fs.cpSync(path.join(cwd, 'runs', 'spread'), path.join(cwd, 'runs', 'stopped'), { recursive: true });
  const tag = ['--set=env_id=simple_tag_v3', '--set=use_parameter_sharing=teams', '--name=tag-1', '--quiet'];
  await runCli(cwd, ['train', ...TINY, ...tag]);
  fs.cpSync(path.join(cwd, 'runs', 'tag-1'), path.join(cwd, 'runs', 'tag-2'), { recursive: true });
  fs.cpSync(path.join(cwd, 'runs', 'stopped'), path.join(cwd, 'runs', 'theirs'), { recursive: true });
  // What the studio downloads.
  const name = 'maddpg-simple_spread_v3-seed1';
  const stopped = path.join(cwd, 'runs', 'stopped');
  const contents = filesBelow(stopped).map(
    (file) => [file, fs.readFileSync(path.join(stopped, file))] as const,
  );
  fs.writeFileSync(path.join(cwd, `${name}.zip`), packRun({ name, files: new Map(contents) }));
  return cwd;
}

/** README code blocks of a language. */
export function readmeBlocks(language: string): string[] {
  const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    (match) => match[1]!,
  );
}

/**
 * Runs example lines (`npx maddpg ...`) in a shell, each once, with the built program as npx maddpg. Rejects if one
 * fails. Lines that would take minutes are only checked: the configuration of a training, and that bench,
 * studio and the like exist.
 */
export async function examplesRun(
  examples: readonly string[],
): Promise<{ example: string; stdout: string }[]> {
  const cwd = await folderWithRun();
  // Files named in examples are in the repository.
  fs.cpSync(path.join(ROOT, 'examples'), path.join(cwd, 'examples'), { recursive: true });
  const outputs: { example: string; stdout: string }[] = [];
  for (const example of new Set(examples)) {
    const line = example
      .replace(/^npx maddpg bench.*$/, 'npx maddpg bench --help')
      .replace(/^npx maddpg studio.*$/, 'npx maddpg studio --help')
      .replace(/^npx maddpg import .*$/, 'npx maddpg import --help')
      .replace(/^npx maddpg sweep (serve|work) .*$/, 'npx maddpg sweep $1 --help')
      .replace(/^npx maddpg train --config (?!smoke\.yaml)(\S+).*$/, 'npx maddpg config check $1 --open-env')
      .replace(/^npx maddpg/, `"${process.execPath}" "${BIN}"`);
    const { stdout } = await promisify(execFile)('sh', ['-c', line], { cwd });
    outputs.push({ example, stdout });
  }
  return outputs;
}
