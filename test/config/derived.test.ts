import { describe, expect, it } from 'vitest';
import { firstUpdate, schedulerUpdates, updateInterval } from '../../src/config/derived.ts';
import { loadConfig } from '../../src/config/load.ts';

describe('updateInterval', () => {
  it.each([
    [16, 25, 400],
    [16, 1, 16],
    [10, 4, 20],
    [5, 5, 5],
    [1, 7, 7],
  ])('with %i environments and a frequency of %i is %i steps', (parallels, training_frequency, steps) => {
    const keys = { parallels, training_frequency, use_rnn: false };
    expect(updateInterval({ ...keys, train_per_step: true })).toBe(steps);
  });

  it('is null if updates follow rounds of episodes', () => {
    const keys = { parallels: 16, training_frequency: 25 };
    expect(updateInterval({ ...keys, train_per_step: false, use_rnn: false })).toBeNull();
    expect(updateInterval({ ...keys, train_per_step: true, use_rnn: true })).toBeNull();
  });
});

describe('schedulerUpdates', () => {
  const published = {
    ...{ running_steps: 10000000, start_training: 1000, training_frequency: 25, parallels: 16 },
    ...{ use_rnn: false, episode_length: 50 },
  };

  it("is XuanCe's total_iters for its published settings", () => {
    expect(schedulerUpdates({ ...published, n_epochs: 1 })).toBe(24997);
    expect(schedulerUpdates({ ...published, n_epochs: 3 })).toBe(74991);
  });

  it('counts rounds of episodes with use_rnn', () => {
    expect(schedulerUpdates({ ...published, use_rnn: true, n_epochs: 3 })).toBe(3 * 12498);
  });

  it('is at least one', () => {
    expect(schedulerUpdates({ ...published, running_steps: 1399, n_epochs: 4 })).toBe(1);
    expect(schedulerUpdates({ ...published, running_steps: 1400, n_epochs: 4 })).toBe(4);
  });

  it('is exact, so that config.yaml can be read again', () => {
    const { config } = loadConfig({ keys: { n_epochs: 2 ** 52 } });
    expect(config.decay_steps).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('is the default of decay_steps', () => {
    const given = { text: 'running_steps: 9000\nparallels: 2\nbuffer_size: 1000\n' };
    expect(loadConfig(given).config.decay_steps).toBe(160);
    expect(loadConfig({ ...given, sets: ['decay_steps=7'] }).config.decay_steps).toBe(7);
  });
});

describe('firstUpdate', () => {
  it('is the count before the first vector step after which an update is due', () => {
    for (const [train_per_step, use_rnn] of [
      [true, false],
      [false, false],
      [true, true],
    ] as const)
      for (const parallels of [1, 3, 16])
        for (const training_frequency of [1, 2, 25])
          for (const start_training of [0, 1, 100, 333])
            for (const cycles of [1, 7, 25]) {
              let [step, rounds] = [0, 0];
              for (let vectorSteps = 1; ; vectorSteps++, step += parallels) {
                if (vectorSteps % cycles === 0) rounds++;
                const perStep = train_per_step && !use_rnn;
                const count = perStep ? step : rounds;
                const frequency = use_rnn ? 1 : training_frequency;
                const ends = perStep || vectorSteps % cycles === 0;
                const counted = use_rnn ? step + parallels : step;
                if (ends && counted >= start_training && count % frequency === 0) break;
              }
              const keys = { train_per_step, use_rnn, parallels, training_frequency, start_training };
              expect(firstUpdate(keys, cycles), JSON.stringify({ keys, cycles })).toBe(step);
            }
  });
});
