/**
 * Runs the built program (bin/maddpg.js on dist/, which `npm test` builds first) in a temporary folder, as
 * somebody at a terminal would, and hands back what it said. The tests of this folder share it.
 */
import { execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = path.join(ROOT, 'bin', 'maddpg.js');

/** A training of a second: smoke.yaml with a tenth of its steps and small networks. */
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
    'threads=1', // several of them run side by side
  ].map((setting) => `--set=${setting}`),
];

/** What makes it long enough to be interrupted after its first evaluation, even where the signal comes late. */
export const INTERRUPTIBLE = ['--set=running_steps=6000', '--set=save_interval=2000'];

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  /** Resolves when standard error holds `text`; rejects where the program ends before. */
  says(text: string): Promise<void>;
  /** Sends Ctrl-C's signal. */
  interrupt(): void;
  readonly ended: Promise<CliResult>;
}

/** Holds the temporary folders of one test file. */
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-cli-'));
afterAll(() => {
  fs.rmSync(scratch, { recursive: true });
});

/** A new temporary folder, removed after the tests of the file. */
export function temporaryFolder(): string {
  return fs.mkdtempSync(path.join(scratch, 'folder-'));
}

/** Starts `maddpg <args>` in a folder; standard input is closed and no stream is a terminal. */
export function startCli(cwd: string, args: readonly string[]): RunningCli {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
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
    interrupt: () => child.kill('SIGINT'),
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

/** Runs `maddpg <args>` in a folder to its end. */
export function runCli(cwd: string, args: readonly string[]): Promise<CliResult> {
  return startCli(cwd, args).ended;
}

/** The weights of a run's newest checkpoint. */
export function newestWeights(run: string): Buffer {
  const checkpoint = fs.readFileSync(path.join(run, 'checkpoints', 'latest'), 'utf8').trim();
  return fs.readFileSync(path.join(run, 'checkpoints', checkpoint, 'weights.safetensors'));
}

/** Every file below a folder, relative and sorted. */
export function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.statSync(path.join(folder, name)).isFile())
    .map((name) => name.replaceAll(path.sep, '/'))
    .sort();
}

/** A folder with examples/ and with runs/spread, trained for a while and not finished, as help and README expect it. */
async function folderWithRun(): Promise<string> {
  const cwd = temporaryFolder();
  fs.cpSync(path.join(ROOT, 'examples'), path.join(cwd, 'examples'), { recursive: true });
  const training = startCli(cwd, ['train', ...TINY, ...INTERRUPTIBLE, '--name=spread']);
  await training.says('step 100:');
  training.interrupt();
  await training.ended;
  return cwd;
}

/** The fenced blocks of a language in the README. */
export function readmeBlocks(language: string): string[] {
  const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    (match) => match[1]!,
  );
}

/**
 * Pastes example lines (`npx maddpg ...`) into a shell one after another, each once, with the built program for npx
 * maddpg. Rejects where one fails. What would take minutes is only checked: a training's configuration,
 * and that bench is there.
 */
export async function examplesRun(
  examples: readonly string[],
): Promise<{ example: string; stdout: string }[]> {
  const cwd = await folderWithRun();
  // Examples that name a file name one of the repository's own.
  fs.cpSync(path.join(ROOT, 'examples'), path.join(cwd, 'examples'), { recursive: true });
  const outputs: { example: string; stdout: string }[] = [];
  for (const example of new Set(examples)) {
    const line = example
      .replace(/^npx maddpg bench.*$/, 'npx maddpg bench --help')
      .replace(/^npx maddpg train --config (?!smoke\.yaml)(\S+).*$/, 'npx maddpg config check $1')
      .replace(/^npx maddpg/, `"${process.execPath}" "${BIN}"`);
    const { stdout } = await promisify(execFile)('sh', ['-c', line], { cwd });
    outputs.push({ example, stdout });
  }
  return outputs;
}
