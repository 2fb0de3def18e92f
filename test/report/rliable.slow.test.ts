/** rliable itself, where MADDPG_TEST_PYTHON has it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { expectSame, recorded, type Answer, type Task } from './rliable.ts';

const PYTHON = process.env['MADDPG_TEST_PYTHON'] ?? 'python3';
const hasRliable = spawnSync(PYTHON, ['-c', 'import rliable']).status === 0;

function ask(tasks: readonly Task[]): readonly Answer[] {
  const script = fileURLToPath(new URL('ask_rliable.py', import.meta.url));
  const { stdout, stderr, status } = spawnSync(PYTHON, [script], {
    input: JSON.stringify(tasks),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Answer[];
}

function normals(seed: number, tasks: number, runs: number): number[][] {
  const stream = new FastStream(seed, 'scores');
  return Array.from({ length: tasks }, () => Array.from({ length: runs }, () => 0.6 + 0.3 * stream.normal()));
}

const NEW = [
  { tasks: 1, x: 5, y: 5 },
  { tasks: 3, x: 10, y: 4 },
  { tasks: 7, x: 3, y: 8 },
].map(({ tasks, x, y }) => ({
  ...{ x: normals(1, tasks, x), y: normals(2, tasks, y), gamma: 0.8, replicates: 300 },
  thresholds: Array.from({ length: 21 }, (_, k) => k / 10 - 0.5),
}));

describe.skipIf(!hasRliable)('rliable (needs rliable in MADDPG_TEST_PYTHON)', () => {
  it('gives the recorded numbers, and our IQM, gap, profile, P(X > Y) and intervals of new scores', () => {
    const known = recorded();
    const answers = ask([...known.map(({ task }) => task), ...NEW]);
    expect(answers.slice(0, known.length)).toEqual(known.map(({ answer }) => answer));
    for (const [k, task] of NEW.entries()) expectSame(task, answers[known.length + k]!);
  });
});
