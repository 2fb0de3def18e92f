import { describe, expect, it } from 'vitest';
import { examplesRun, readmeBlocks, runCli } from './run-cli.ts';

/** Every command reachable from the program's help, with its help text. */
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
const examples = helps.flatMap(({ text }) =>
  [...text.matchAll(/^ {2}\$ (npx maddpg .*)$/gm)].map((m) => m[1]!),
);

describe('--help', () => {
  it('exits with 0 and shows an example for every command', () => {
    expect(helps.map(({ command }) => command)).toEqual(
      expect.arrayContaining([
        'maddpg',
        'maddpg train',
        'maddpg eval',
        'maddpg runs',
        'maddpg config',
        'maddpg config check',
        'maddpg config show',
        'maddpg config list',
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

  it('is printed without a command, with exit code 2', async () => {
    const { code, stdout, stderr } = await runCli('.', []);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: helps[0]!.text });
  });
});

describe('an example line', () => {
  // One process per line, in sequence.
  it('in help or README works when pasted', { timeout: 300_000 }, async () => {
    const [first, second, ...readme] = readmeBlocks('sh').flatMap((block) => block.trimEnd().split('\n'));
    expect([first, second].map((line) => line!.split('#')[0]!.trimEnd())).toEqual([
      'npm ci && npx maddpg train --config mpe.yaml',
      'npm ci && npm test',
    ]);
    for (const line of readme) expect(line).toMatch(/^npx maddpg /);
    expect(examples.length).toBeGreaterThan(9);
    expect(readme.length).toBeGreaterThan(7);
    for (const { example, stdout } of await examplesRun([...examples, ...readme]))
      if (!example.includes(' > ')) expect(stdout, example).not.toBe('');
  });
});
