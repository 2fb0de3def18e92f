import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { tooFewUpdates } from '../../src/train/checks.ts';

const CONFIGS = fileURLToPath(new URL('../../configs', import.meta.url));

describe('tooFewUpdates', () => {
  const told = (keys: Partial<Config>): string[] =>
    tooFewUpdates(
      loadConfig({
        flags: { parallels: 16, training_frequency: 25, tau: 0.01, start_training: 1000, ...keys },
      }).config,
    );

  it('names the keys that make more of them', () => {
    expect(told({ running_steps: 150_000 })).toEqual([
      'running_steps: 150000 steps make 372 updates, expected at least 400 to learn anything; raise it or n_epochs, or ' +
        'lower training_frequency or parallels',
    ]);
    expect(told({ running_steps: 200_000, tau: 0.001 })).toEqual([
      'running_steps: 200000 steps make 497 updates, expected at least 1000 with tau 0.001; raise it, n_epochs or tau, or ' +
        'lower training_frequency or parallels',
    ]);
  });

  it('counts them to the one: every 400 steps from step 1200 on', () => {
    // The last step before step 160,800 begins at 160,784: 1200 + 398 * 400 = 160,400 is the 399th.
    expect(told({ running_steps: 160_800 })[0]).toContain(' 399 updates');
    expect(told({ running_steps: 160_816 })).toEqual([]);
    expect(told({ running_steps: 150_000, n_epochs: 2 })).toEqual([]);
  });

  it('counts rounds of episodes with train_per_step false', () => {
    const rounds = { train_per_step: false, training_frequency: 1 };
    // A round is 25 * 16 = 400 steps.
    expect(told({ ...rounds, running_steps: 150_000 })[0]).toContain(' 373 updates');
    expect(told({ ...rounds, running_steps: 161_200 })).toEqual([]);
  });

  it('says nothing of runs too short to learn at any rate, of runs without updates, and of fine-tuning', () => {
    expect(told({ running_steps: 10_000 })).toEqual([]);
    expect(told({ running_steps: 20_000, start_training: 20_000 })).toEqual([]);
    expect(told({ running_steps: 150_000, init_from: 'runs/other' })).toEqual([]);
  });

  it('says nothing of the packaged configurations', () => {
    const files = fs
      .readdirSync(CONFIGS, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.yaml') && !file.startsWith('sweeps'));
    expect(files.length).toBeGreaterThan(5);
    expect(
      files.flatMap((file) => tooFewUpdates(loadConfig({ file: path.join(CONFIGS, file) }).config)),
    ).toEqual([]);
  });
});
