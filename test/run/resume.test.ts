/** What changed keys mean for a run that goes on. */
import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { differingKeys, requireSameRun, stretchedSchedules } from '../../src/run/resume.ts';

describe('keys that a checkpoint depends on', () => {
  it.each([
    ['negative_slope', { activation: 'leaky_relu', negative_slope: 0.1 }, { negative_slope: 0.2 }],
    ['priority_alpha', { replay: 'prioritized', priority_alpha: 0.6 }, { priority_alpha: 0 }],
  ] as const)('%s stays', (key, begun, changes) => {
    const [before, now] = [begun, { ...begun, ...changes }].map((keys) => resolveConfig({ keys }).config);
    expect(() => {
      requireSameRun(before!, now!, 'run');
    }).toThrow(
      `${key}: expected ${before![key]}, as in run, got ${now![key]}; restore it, or start a new run`,
    );
  });
});

describe('schedules', () => {
  const spec = (...kinds: ('box' | 'discrete')[]): ReturnType<typeof jointSpec> =>
    jointSpec(
      kinds.map((actionKind, i) => ({
        ...{ name: `agent_${i}`, team: 'agent', obsWidth: 3, actWidth: 2, actionKind },
        ...{ actionLow: 0, actionHigh: 1 },
      })),
    );
  const BEGUN: Partial<Config> = {
    ...{ running_steps: 10_000, start_training: 0, training_frequency: 25, parallels: 2, n_epochs: 1 },
    ...{ start_noise: 1, end_noise: 0.1, decay_steps: 200 },
  };
  const told = (begun: Partial<Config>, changes: Partial<Config>, of = spec('box')): string[] => {
    const before = { ...BEGUN, ...begun };
    return stretchedSchedules(
      resolveConfig({ keys: before }).config,
      resolveConfig({ keys: { ...before, ...changes } }).config,
      of,
    );
  };

  it('that a key stretches are named with it', () => {
    expect(told({ replay: 'prioritized' }, { running_steps: 20_000 })).toEqual([
      'running_steps changes from 10000 to 20000: the schedules of exploration noise, learning rates, priority_beta are ' +
        'stretched and jump at this step',
    ]);
    const rates = (change: string): string[] => [
      `${change}: the schedules of learning rates are stretched and jump at this step`,
    ];
    expect(told({}, { training_frequency: 5 })).toEqual(rates('training_frequency changes from 25 to 5'));
    expect(told({}, { start_training: 1000, n_epochs: 2 })).toEqual(
      rates('start_training changes from 0 to 1000 and n_epochs changes from 1 to 2'),
    );
    expect(told({}, { end_factor_lr_decay: 0.25 })).toEqual(
      rates('end_factor_lr_decay changes from 0.5 to 0.25'),
    );
    expect(told({ lr_schedule: 'exponential' }, { decay_steps: 400, decay_rate: 0.9 })).toEqual(
      rates('decay_rate changes from 0.5 to 0.9 and decay_steps changes from 200 to 400'),
    );
  });

  it('stay as they are with other keys, and where changes cancel out', () => {
    expect(told({}, { gamma: 0.5, save_interval: 7, decay_steps: 400 })).toEqual([]);
    expect(told({ lr_schedule: 'constant' }, { training_frequency: 5 })).toEqual([]);
    expect(told({ lr_schedule: 'exponential' }, { training_frequency: 5 })).toEqual([]);
    expect(told({ use_rnn: true }, { training_frequency: 5 })).toEqual([]);
    expect(told({}, { running_steps: 20_000, training_frequency: 50 })).toEqual([
      'running_steps changes from 10000 to 20000: the schedules of exploration noise are stretched and jump at this step',
    ]);
  });

  it('of exploration noise are of concern where an actor gets noise', () => {
    const longer: Partial<Config> = { running_steps: 20_000 };
    const constant: Partial<Config> = { lr_schedule: 'constant' };
    expect(told(constant, longer, spec('discrete', 'box'))).toHaveLength(1);
    expect(told(constant, longer, spec('discrete', 'discrete'))).toEqual([]);
    expect(told({ ...constant, agent: 'ISAC' }, longer)).toEqual([]);
    expect(told({ ...constant, end_noise: 1 }, longer)).toEqual([]);
  });
});

describe('the file that a run was started with', () => {
  const file = loadConfig({}).config;

  it('is the same where the run has only a name, a place and the seeds of its own', () => {
    const own = loadConfig({ flags: { seed: 7, name: 'other', model_dir: 'elsewhere' } }).config;
    expect([own.seed, own.env_seed]).toEqual([7, 7]);
    expect(differingKeys(own, file)).toEqual([]);
  });

  it('is another where any other key differs', () => {
    expect(differingKeys(loadConfig({ sets: ['gamma=0.5', 'test_seed=9'] }).config, file)).toEqual([
      'gamma',
      'test_seed',
    ]);
  });
});
