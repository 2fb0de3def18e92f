/** What a plan says that a sweep takes. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { piecesOf } from '../../src/checkpoint/file-content.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { mpeEnvironments } from '../../src/envs/mpe/open.ts';
import { estimateSweep, estimateText } from '../../src/sweep/estimate.ts';
import { checkpointBytes } from '../../src/train/memory.ts';
import { TrainingSession } from '../../src/train/session.ts';

const TINY: Partial<Config> = {
  ...{ running_steps: 1000, parallels: 4, buffer_size: 100, start_training: 8, training_frequency: 8 },
  ...{ batch_size: 8, actor_hidden_size: [8], critic_hidden_size: [8], engine: 'reference' },
  ...{ eval_interval: 500, test_episode: 10, save_interval: 500, keep_checkpoints: 1 },
};

function configOf(keys: Readonly<Partial<Config>> = {}): Config {
  return loadConfig({ keys: { ...TINY, ...keys } }).config;
}

const SPEED = { steps_per_second: 100, episode_s: 0.1 };
const SEEDS = { seeds: [1, 2], halving: null, confirm: null };

describe('checkpointBytes', () => {
  it.each([
    {},
    { agent: 'MATD3' },
    { replay: 'prioritized' },
    { env_id: 'simple_tag_v3', use_parameter_sharing: 'teams' },
  ] as const)('is what a checkpoint with a full replay buffer has, but for headers: %o', async (keys) => {
    const config = configOf(keys);
    const engine = await createEngine(config);
    const env = mpeEnvironments(config).make(config.parallels);
    const session = new TrainingSession(config, env, engine);
    session.begin();
    while (session.step < config.buffer_size) session.advance();
    const sizes = new Map(
      Object.entries(session.files()).map(([name, content]) => [
        name,
        piecesOf(content).reduce((sum, { length }) => sum + length, 0),
      ]),
    );
    const { networks, replay } = checkpointBytes(config, env.spec);
    const headers = (bytes: number, texts: number): void => {
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThan(texts);
    };
    headers(sizes.get('weights.safetensors')! + sizes.get('optimizer.safetensors')! - networks, 20_000);
    headers(sizes.get('replay.bin')! - replay, 1000);
    engine.dispose();
  });
});

describe('an estimate', () => {
  it('counts trials and steps, and the time of training and evaluations for one worker', () => {
    const estimate = estimateSweep(SEEDS, [configOf(), configOf({ running_steps: 3000 })], SPEED);
    expect(estimate).toMatchObject({ settings: 2, trials: 4, confirming: 0, steps: 8000, stopped: 0 });
    // A second to start each; 8000 steps at 100 steps/s; 2 seeds x (3 + 7) evaluations of 10 episodes of 0.1 s.
    expect(estimate.seconds).toBeCloseTo(4 + 80 + 20, 9);
  });

  it('lets halving stop all but a share of the groups at each rung, at least one', () => {
    const settings = Array.from({ length: 10 }, () => configOf());
    const halving = { steps: [100, 400], keep: 0.5 };
    // 10 groups to step 100, 5 on to 400, 2 on to 1000.
    const { steps, stopped } = estimateSweep({ ...SEEDS, halving }, settings, undefined);
    expect(steps).toBe(2 * (10 * 100 + 5 * 300 + 2 * 600));
    expect(stopped).toBe(16);
    const few = estimateSweep(
      { ...SEEDS, halving: { steps: [100], keep: 0.1 } },
      settings.slice(0, 2),
      undefined,
    );
    expect(few.steps).toBe(2 * (2 * 100 + 1 * 900));
  });

  it('adds whole trials to confirm the top groups', () => {
    const confirm = { top: 3, seeds: [101, 102, 103], episodes: 500, test_seed: 1000 };
    expect(estimateSweep({ ...SEEDS, confirm }, [configOf(), configOf()], undefined)).toMatchObject({
      ...{ trials: 4 + 6, confirming: 6, steps: 10_000, seconds: null },
    });
  });

  it('of the disk counts replay buffers of finished trials only if they keep them', () => {
    const bytes = (save_replay: Config['save_replay']) =>
      estimateSweep(SEEDS, [configOf({ save_replay })], undefined);
    const [always, unfinished] = [bytes('always'), bytes('unfinished')];
    const spec = mpeEnvironments(configOf()).make(1).spec;
    const { networks, replay } = checkpointBytes(configOf(), spec);
    // The newest checkpoint and the best one; both keep the replay buffer (keep_replay: 2).
    expect(always.finished! - unfinished.finished!).toBe(2 * replay);
    expect(unfinished.unfinished! - unfinished.finished!).toBe(2 * replay + networks + replay);
    expect(always.unfinished).toBe(unfinished.unfinished);
  });

  it("is unknown of environments that are the user's own", () => {
    const custom = configOf({ env_name: 'custom', env_id: './env.js' });
    expect(estimateSweep(SEEDS, [configOf(), custom], undefined)).toMatchObject({
      ...{ trials: 4, seconds: null, finished: null, unfinished: null },
    });
  });
});

describe('its text', () => {
  const ESTIMATE = {
    ...{ settings: 20, trials: 69, confirming: 9, steps: 1_234_000, seconds: 7200 },
    ...{ finished: 2e6, unfinished: 50e6, stopped: 0 },
  };

  it('says what it rests on', () => {
    expect(estimateText(ESTIMATE, SPEED, 4)).toEqual([
      '20 settings, 69 trials, 9 of them to confirm, 1,234,000 steps in all',
      'time: about 30 min with 4 workers, if every trial trains as fast as the first setting did for a second (100 steps/s)',
      'disk: at most about 330 MB: 2.0 MB for a finished trial, 50.0 MB for one that trains',
    ]);
    expect(estimateText({ ...ESTIMATE, confirming: 0, stopped: 36 }, SPEED, 1)).toEqual([
      '20 settings, 69 trials, about 1,234,000 steps in all',
      'time: about 2 h with 1 worker, if every trial trains as fast as the first setting did for a second (100 steps/s)',
      'disk: at most about 1.9 GB: 2.0 MB for a finished trial, 50.0 MB for one that trains or that halving stopped',
    ]);
  });

  it('says what it does not know', () => {
    expect(estimateText({ ...ESTIMATE, seconds: null, finished: null }, undefined, 2).slice(1)).toEqual([
      'time: unknown, as only particle environments are measured',
      'disk: unknown, as only particle environments have known sizes',
    ]);
  });
});
