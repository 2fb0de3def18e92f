/** The episode that a report shows of a run is the last that training evaluated. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadPolicy, train } from '../../src/index.ts';
import { lastEpisode } from '../../src/player/last-episode.ts';
import { returnsOf } from '../../src/player/recording.ts';

const model_dir = mkdtempSync(join(tmpdir(), 'maddpg-last-episode-'));
afterAll(() => {
  rmSync(model_dir, { recursive: true });
});

it('the last of several episodes on the seed of the evaluations, with the returns that training measured', async () => {
  const small = {
    ...{
      model_dir,
      running_steps: 40,
      start_training: 16,
      training_frequency: 8,
      parallels: 4,
      buffer_size: 40,
    },
    ...{ batch_size: 8, actor_hidden_size: [4], critic_hidden_size: [4], start_noise: 0.3, test_seed: 3 },
  };
  const summary = await train({ ...small, test_episode: 4 });
  const first = await train({ ...small, test_episode: 3 });
  const { episodes } = await lastEpisode(await loadPolicy(summary.run));
  expect(episodes.map(({ seed, index }) => [seed, index])).toEqual([[3, 3]]);
  const own = returnsOf(episodes[0]!).reduce((sum, x) => sum + x, 0) / 3;
  // Of four episodes less that of the first three.
  expect(own).toBeCloseTo(4 * summary.final!.mean - 3 * first.final!.mean, 10);
});
