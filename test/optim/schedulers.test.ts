import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/user-error.ts';
import { Scheduler, type Schedule } from '../../src/optim/schedulers.ts';

/** Rates of the first `count` optimizer steps. */
function rates(schedule: Schedule, count: number): number[] {
  const scheduler = new Scheduler(0.01, schedule);
  return Array.from({ length: count }, () => {
    const { learningRate } = scheduler;
    scheduler.step();
    return learningRate;
  });
}

function expectRates(schedule: Schedule, expected: readonly number[]): void {
  const found = rates(schedule, expected.length);
  expected.forEach((rate, t) => {
    expect(found[t], `step ${t}`).toBeCloseTo(rate, 15);
  });
}

describe('Scheduler', () => {
  it('constant: the initial rate', () => {
    expect(rates({ kind: 'constant' }, 3)).toEqual([0.01, 0.01, 0.01]);
    expect(new Scheduler(0.5).learningRate).toBe(0.5);
  });

  it('linear: from start to end in totalSteps, then constant', () => {
    expectRates(
      { kind: 'linear', start: 1, end: 0.5, totalSteps: 4 },
      [0.01, 0.00875, 0.0075, 0.00625, 0.005, 0.005, 0.005],
    );
  });

  it('linear: one step reaches the end', () => {
    expectRates({ kind: 'linear', start: 1, end: 0, totalSteps: 1 }, [0.01, 0, 0]);
  });

  it('exponential: continuous, times decayRate every decaySteps', () => {
    expectRates(
      { kind: 'exponential', decayRate: 0.25, decaySteps: 2 },
      [0.01, 0.005, 0.0025, 0.00125, 0.000625],
    );
  });

  it('exponential: the same bits on every engine, whose ** differ here', () => {
    const scheduler = new Scheduler(1, { kind: 'exponential', decayRate: 0.5, decaySteps: 24997 });
    scheduler.steps = 405;
    expect(scheduler.learningRate).toBe(0.9888324928121482);
  });

  it('continues from a restored step count', () => {
    const schedule: Schedule = { kind: 'linear', start: 1, end: 0.5, totalSteps: 7 };
    const resumed = new Scheduler(0.01, schedule);
    resumed.steps = 3;
    expect(resumed.learningRate).toBe(rates(schedule, 4)[3]);
  });

  it.each<[unknown, unknown, string]>([
    [undefined, undefined, 'Scheduler: initialRate: expected a number >= 0, got none'],
    [-0.1, undefined, 'Scheduler: initialRate: expected a number >= 0, got -0.1'],
    [0.1, 'linear', 'Scheduler: schedule: expected { kind } of constant, linear, exponential, got "linear"'],
    [
      0.1,
      { kind: 'step' },
      'Scheduler: schedule: expected { kind } of constant, linear, exponential, got "step"',
    ],
    [0.1, null, 'Scheduler: schedule: expected { kind } of constant, linear, exponential, got none'],
    [0.1, { kind: 'linear', start: 1, end: 0.5 }, 'Scheduler: totalSteps: expected a number >= 1, got none'],
    [
      0.1,
      { kind: 'exponential', decayRate: NaN, decaySteps: 1 },
      'Scheduler: decayRate: expected a number >= 0, got NaN',
    ],
  ])('refuses %j with %j', (rate, schedule, message) => {
    expect(() => new Scheduler(rate as number, schedule as Schedule)).toThrow(new UserError(message));
  });
});
