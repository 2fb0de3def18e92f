/** nohup ignores SIGHUP for the programs that it starts, but Node undoes that: it is told by its traces. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ROOT, temporaryFolder } from './run-cli.ts';

const cwd = temporaryFolder();
const SIGNALS = pathToFileURL(`${ROOT}/dist/cli/signals.js`).href;
const PROGRAM = `import('${SIGNALS}').then(({ underNohup }) => console.error(underNohup()))`;

/** What underNohup() says of a program that sh starts with these redirections and variables. */
async function answer(redirections: string, variables = ''): Promise<string> {
  const line = `${variables} exec "${process.execPath}" --eval "${PROGRAM}" ${redirections}`;
  const { stderr } = await promisify(execFile)('sh', ['-c', line], {
    cwd,
    env: { ...process.env, HOME: cwd, _: '/bin/sh' },
  });
  return stderr.trim();
}

describe.concurrent('underNohup', () => {
  it.each<[string, boolean, string, string?]>([
    ['a plain start', false, '</dev/null >out.txt'],
    ['standard input that can be written too', false, '0<>/dev/null'],
    ['nohup as what the shell started', true, '</dev/null', '_=/usr/bin/nohup'],
    ['another program as what the shell started', false, '</dev/null', '_=/usr/bin/nohup-like'],
    ['standard output in nohup.out', true, '</dev/null >>nohup.out'],
    ['a home folder that cannot be looked into', false, '</dev/null', 'HOME=/dev/null/nowhere'],
  ])('with %s: %s', async (_, expected, redirections, variables) => {
    expect(await answer(redirections, variables)).toBe(String(expected));
  });

  it('with standard input that can only be written, as nohup makes it in place of a terminal', async ({
    skip,
  }) => {
    skip(!existsSync('/proc/self/fdinfo'), 'there is no /proc here');
    expect(await answer('0>/dev/null')).toBe('true');
  });
});
