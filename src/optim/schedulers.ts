/**
 * Learning rate schedules over optimizer steps, in float64. A scheduler belongs to one optimizer and is stepped after it,
 * as in PyTorch.
 */
import { described } from '../core/described.ts';
import { pow } from '../core/math.ts';
import { UserError } from '../core/user-error.ts';

/** Learning rate after s steps. */
export type Schedule =
  | { readonly kind: 'constant' }
  /** rate(s) = initial (start + (end - start) min(s, T) / T) with T = totalSteps */
  | { readonly kind: 'linear'; readonly start: number; readonly end: number; readonly totalSteps: number }
  /** rate(s) = initial decayRate^(s / decaySteps), continuous (not stepped) */
  | { readonly kind: 'exponential'; readonly decayRate: number; readonly decaySteps: number };

/** A learning rate schedule of one optimizer: constant, linear or exponential. */
export class Scheduler {
  readonly initialRate: number;
  readonly schedule: Schedule;
  /** Steps taken so far. */
  steps = 0;

  /** Throws UserError if the rate or the schedule is invalid. */
  constructor(initialRate: number, schedule: Schedule = { kind: 'constant' }) {
    requireNumber('initialRate', initialRate, 0);
    requireSchedule(schedule);
    this.initialRate = initialRate;
    this.schedule = schedule;
  }

  /** Learning rate of the next optimizer step. */
  get learningRate(): number {
    const { schedule, steps, initialRate } = this;
    switch (schedule.kind) {
      case 'constant':
        return initialRate;
      case 'linear': {
        const { start, end, totalSteps } = schedule;
        return initialRate * (start + ((end - start) * Math.min(steps, totalSteps)) / totalSteps);
      }
      case 'exponential':
        return initialRate * pow(schedule.decayRate, steps / schedule.decaySteps);
    }
  }

  step(): void {
    this.steps += 1;
  }
}

/** Minimum of each schedule parameter, by kind. */
const NUMBERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  constant: {},
  linear: { start: 0, end: 0, totalSteps: 1 },
  exponential: { decayRate: 0, decaySteps: 1 },
} satisfies Record<Schedule['kind'], object>;

function requireSchedule(schedule: unknown): void {
  const given = Object(schedule) as Readonly<Record<string, unknown>>;
  const { kind } = given;
  if (typeof kind !== 'string' || !Object.hasOwn(NUMBERS, kind))
    throw new UserError(
      `Scheduler: schedule: expected { kind } of ${Object.keys(NUMBERS).join(', ')}, got ${described(kind ?? schedule)}`,
    );
  for (const [name, least] of Object.entries(NUMBERS[kind]!)) requireNumber(name, given[name], least);
}

function requireNumber(name: string, value: unknown, least: number): void {
  if (typeof value !== 'number' || !(value >= least) || value === Infinity)
    throw new UserError(`Scheduler: ${name}: expected a number >= ${least}, got ${described(value)}`);
}
