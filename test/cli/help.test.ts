import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT, runCli, startCli, temporaryFolder, TINY } from './run-cli.ts';

/** A command and its help, for every command that the help of the program leads to. */
async function everyHelp(command: readonly string[]): Promise<{ command: string; text: string }[]> {
  const { code, stdout, stderr } = await runCli('.', [...command, '--help']);
  expect({ code, stderr }, command.join(' ')).toEqual({ code: 0, stderr: '' });
  const list = /^Commands:\n((?: .*\n)+)/m.exec(stdout)?.[1] ?? '';
  const names = [...list.matchAll(/^ {2}(\w+)/gm)]
    .map((match) => match[1]!)
    .filter((name) => name !== 'help');
  const below = await Promise.all(names.map((name) => everyHelp([...command, name])));
  return [{ command: ['maddpg', ...command].join(' '), text: stdout }, ...below.flat()];
}

const helps = await everyHelp([]);
const examples = [
  ...new Set(helps.flatMap(({ text }) => [...text.matchAll(/^ {2}\$ (npx maddpg .*)$/gm)].map((m) => m[1]!))),
];

const BIN = `"${process.execPath}" "${path.join(ROOT, 'bin', 'maddpg.js')}"`;
/** What a shell is given for an example: the built program; only a check where the training would take minutes. */
const asRun = (example: string): string =>
  example
    .replace(/^npx maddpg train --config (?!smoke\.yaml)(\S+) .*$/, 'npx maddpg config check $1')
    .replace(/^npx maddpg/, BIN);

const cwd = temporaryFolder();
beforeAll(async () => {
  // A run as the examples expect it: trained for a while, and not finished, so that it can be resumed.
  const training = startCli(cwd, ['train', ...TINY, '--set=running_steps=800', '--name=spread']);
  await training.says('step 100:');
  training.interrupt();
  expect((await training.ended).code).toBe(130);
});

describe('--help', () => {
  it('of every command exits with 0 and has an example', () => {
    expect(helps.map(({ command }) => command)).toEqual(
      expect.arrayContaining([
        'maddpg',
        'maddpg train',
        'maddpg eval',
        'maddpg config',
        'maddpg config check',
        'maddpg config show',
        'maddpg config explain',
        'maddpg config schema',
        'maddpg envs',
        'maddpg doctor',
      ]),
    );
    for (const { command, text } of helps) {
      expect(text.startsWith(`Usage: ${command} `), command).toBe(true);
      expect(text, command).toMatch(/^ {2}\$ npx maddpg /m);
    }
  });

  it.each(examples)('has an example that works when pasted: %s', async (example) => {
    // Rejects, with all output in the message, where the exit code is not 0.
    const { stdout } = await promisify(execFile)('sh', ['-c', asRun(example)], { cwd });
    if (!example.includes('>')) expect(stdout).not.toBe('');
  });

  it('is what the program prints without a command, with exit code 2', async () => {
    const { code, stdout, stderr } = await runCli('.', []);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: helps[0]!.text });
  });
});
