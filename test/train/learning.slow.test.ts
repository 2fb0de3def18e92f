/**
 * simple_spread is learned: configs/mpe.yaml with less than a third of its steps, and smaller batches.
 *
 * Mean return of 200 greedy episodes:   random actions               -25.8
 *                                       standing still               -24.4
 *                                       untrained policies           -25.7 to -24.4   (seeds 1 to 8)
 *                                       after this training          -12.8 to  -8.1   (seeds 1 to 8)
 *
 * The threshold is 3 below the worst seed and 8 above everything that has not learned. The numbers of a seed are exact.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { train } from '../../src/index.ts';

const UNTRAINED = -24;
const LEARNED = -16;

const CONFIG = fileURLToPath(new URL('../../configs/mpe.yaml', import.meta.url));
const model_dir = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-learning-'));
afterAll(() => {
  fs.rmSync(model_dir, { recursive: true });
});

/** Updates of a training of so many steps, and the mean return of its final evaluation. */
async function trained(running_steps: number): Promise<{ updates: number; mean: number }> {
  const { config } = loadConfig({
    file: CONFIG,
    flags: {
      ...{ model_dir, name: `steps-${running_steps}`, engine: 'wasm', threads: 1, seed: 1, env_seed: 1000 },
      ...{ running_steps, parallels: 10, training_frequency: 10, batch_size: 128, buffer_size: 40_000 },
      ...{ eval_interval: 40_000, save_interval: 40_000, test_episode: 200, test_seed: 5 },
    },
  });
  const { updates, final } = await train(config, { onWarning: () => undefined });
  return { updates, mean: final!.mean };
}

it('a training of 40,000 steps takes simple_spread to returns that no untrained policy has', async () => {
  const before = await trained(1000);
  expect(before.updates).toBe(0);
  expect(before.mean).toBeLessThan(UNTRAINED);
  const after = await trained(40_000);
  expect(after.updates).toBe(3900);
  expect(after.mean).toBeGreaterThan(LEARNED);
});
