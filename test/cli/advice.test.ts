/** Advice as a pipe shows it. On a terminal: pseudo-terminal.test.ts. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, it } from 'vitest';
import { FAILING, runCli, temporaryFolder } from './run-cli.ts';

const cwd = temporaryFolder();

const ADVICE = [
  "step 1000: Q is 2.96 above the return that follows (31 % of an episode's), and the return of -23.66 is not clearly above " +
    'that of random actions (-25.43): lower gamma, or raise tau or learning_rate_critic',
  'step 1500: 100 % of the outputs of the actors have been at their bounds since step 252, and the return of -23.66 is not clearly ' +
    'above that of random actions (-25.43): lower learning_rate_actor, or raise action_regularization',
];

it.each(['', '--quiet', '--json'])(
  'maddpg train %s gives each advice once, and log.jsonl has it',
  async (flag) => {
    const name = `run${flag}`;
    const flags = flag === '' ? [] : [flag];
    const { code, stderr } = await runCli(cwd, ['train', ...FAILING, `--name=${name}`, ...flags]);
    expect(code).toBe(0);
    expect(stderr.split('\n').filter((line) => line.startsWith('warning: '))).toEqual(
      ADVICE.map((line) => `warning: ${line}`),
    );
    const log = fs
      .readFileSync(path.join(cwd, 'runs', name, 'log.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    const warned = log
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ level }) => level === 40);
    expect(warned.map(({ step, msg }) => [step, msg])).toEqual([
      [1000, ADVICE[0]],
      [1500, ADVICE[1]],
    ]);
  },
);
