/** simple_spread is learned: configs/mpe.yaml with fewer steps and smaller batches. The numbers of a seed are exact. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import type { Config } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { train } from '../../src/index.ts';

/**
 * Mean return of 200 greedy episodes:   random actions               -25.8
 *                                       standing still               -24.4
 *                                       untrained policies           -25.7 to -24.4   (seeds 1 to 8)
 *                                       after 40,000 steps           -12.8 to  -8.1   (seeds 1 to 8)
 */
const UNTRAINED = -24;
const LEARNED = -16;

/** With two agents: random actions -19.1, standing still -18.5, after 16,000 steps with seed 1 -8.3 to -5.7. */
const LEARNED_BY_TWO = -12;

const CONFIG = fileURLToPath(new URL('../../configs/mpe.yaml', import.meta.url));
const model_dir = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-learning-'));
afterAll(() => {
  fs.rmSync(model_dir, { recursive: true });
});

/** Updates of a training of so many steps, and the mean return of its final evaluation. */
async function trained(
  running_steps: number,
  name = `steps-${running_steps}`,
  keys: Partial<Config> = {},
): Promise<{ updates: number; mean: number }> {
  const { config } = loadConfig({
    file: CONFIG,
    flags: {
      ...{ model_dir, name, engine: 'wasm', threads: 1, seed: 1, env_seed: 1000 },
      ...{ running_steps, parallels: 10, training_frequency: 10, batch_size: 128, buffer_size: 40_000 },
      ...{ eval_interval: 40_000, save_interval: 40_000, test_episode: 200, test_seed: 5 },
      ...keys,
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

it.each([
  ['MATD3', { agent: 'MATD3' }],
  ['IDDPG', { agent: 'IDDPG' }],
  ['ISAC', { agent: 'ISAC', eval_policy: 'online' }],
  ['MASAC', { agent: 'MASAC', eval_policy: 'online' }],
  ['MADDPG with discrete actions', { continuous_action: false }],
] as const)('%s learns it with two agents in 16,000 steps', async (name, keys) => {
  const { updates, mean } = await trained(16_000, name.replaceAll(' ', '-'), {
    ...keys,
    env_options: { N: 2 },
  });
  expect(updates).toBe(1500);
  expect(mean).toBeGreaterThan(LEARNED_BY_TWO);
});
