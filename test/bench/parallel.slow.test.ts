/** Trainings side by side, for a moment. */
import { expect, it } from 'vitest';
import { benchmarkParallel } from '../../src/bench/parallel.ts';

it('every setting is measured, and the sum is that of its runs', async () => {
  const notes: string[] = [];
  const { parallel, best } = await benchmarkParallel((line) => notes.push(line), {
    counts: [1, 2],
    seconds: 0.05,
  });
  expect(notes).toEqual([
    '1 run as processes',
    '1 run as threads',
    '2 runs as processes',
    '2 runs as threads',
  ]);
  expect(parallel.map(({ runs, as }) => `${runs} ${as}`)).toEqual([
    ...['1 processes', '1 threads', '2 processes', '2 threads'],
  ]);
  for (const { runs, env_steps_per_second, env_steps_per_second_per_run } of parallel) {
    expect(env_steps_per_second).toBeGreaterThan(0);
    expect(env_steps_per_second_per_run).toBe(env_steps_per_second / runs);
  }
  expect(parallel).toContainEqual(expect.objectContaining(best));
});
