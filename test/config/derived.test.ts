import { describe, expect, it } from 'vitest';
import { schedulerUpdates, updateInterval } from '../../src/config/derived.ts';
import { loadConfig } from '../../src/config/load.ts';

describe('updateInterval', () => {
  it.each([
    [16, 25, 400],
    [16, 1, 16],
    [10, 4, 20],
    [5, 5, 5],
    [1, 7, 7],
  ])('with %i environments and a frequency of %i is %i steps', (parallels, training_frequency, steps) => {
    expect(updateInterval({ parallels, training_frequency, train_per_step: true })).toBe(steps);
  });

  it('is null if updates follow rounds of episodes', () => {
    expect(updateInterval({ parallels: 16, training_frequency: 25, train_per_step: false })).toBeNull();
  });
});

describe('schedulerUpdates', () => {
  const published = { running_steps: 10000000, start_training: 1000, training_frequency: 25, parallels: 16 };

  it("is XuanCe's total_iters for its published settings", () => {
    expect(schedulerUpdates({ ...published, n_epochs: 1 })).toBe(24997);
    expect(schedulerUpdates({ ...published, n_epochs: 3 })).toBe(74991);
  });

  it('is at least one', () => {
    expect(schedulerUpdates({ ...published, running_steps: 1399, n_epochs: 4 })).toBe(1);
    expect(schedulerUpdates({ ...published, running_steps: 1400, n_epochs: 4 })).toBe(4);
  });

  it('is the default of decay_steps', () => {
    const given = { text: 'running_steps: 9000\nparallels: 2\nbuffer_size: 1000\n' };
    expect(loadConfig(given).config.decay_steps).toBe(160);
    expect(loadConfig({ ...given, sets: ['decay_steps=7'] }).config.decay_steps).toBe(7);
  });
});
