/**
 * Learning rate schedules: a rate as a function of the number of optimizer steps, in float64. One
 * scheduler belongs to one optimizer and is stepped after it, as in PyTorch.
 */

/** How the rate moves; s is the number of steps taken. */
export type Schedule =
  | { readonly kind: 'constant' }
  /** rate(s) = initial (start + (end - start) min(s, T) / T) with T = totalSteps */
  | { readonly kind: 'linear'; readonly start: number; readonly end: number; readonly totalSteps: number }
  /** rate(s) = initial decayRate^(s / decaySteps), continuous (not stepped) */
  | { readonly kind: 'exponential'; readonly decayRate: number; readonly decaySteps: number };

export class Scheduler {
  readonly initialRate: number;
  readonly schedule: Schedule;
  /** Steps taken so far. */
  steps = 0;

  constructor(initialRate: number, schedule: Schedule = { kind: 'constant' }) {
    this.initialRate = initialRate;
    this.schedule = schedule;
  }

  /** The rate of the next optimizer step. */
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
        return initialRate * schedule.decayRate ** (steps / schedule.decaySteps);
    }
  }

  step(): void {
    this.steps += 1;
  }
}
