/**
 * The statistics of a report, by the formulas of rliable (Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge
 * of the Statistical Precipice"). Scores are [task][run]; tasks may have different numbers of runs. Resampling is seeded:
 * the same scores give the same interval.
 */
import { FastStream } from '../core/random.ts';

/** Scores, [task][run]. */
export type Scores = readonly (readonly number[])[];

/** Lower and upper end. */
export type Interval = readonly [low: number, high: number];

/** Draws an index below n. */
export type Draw = (n: number) => number;

/** Share of the scores that the interquartile mean leaves out at either end. */
const TRIMMED = 0.25;
/** An interval covers 95 %. */
const ENDS = [0.025, 0.975] as const;

/** The mean without the lowest and highest quarter, ⌊n/4⌋ each; NaN of no scores. */
export function interquartileMean(scores: Scores): number {
  const sorted = Float64Array.from(scores.flat()).sort();
  const cut = Math.floor(TRIMMED * sorted.length);
  return mean(sorted.subarray(cut, sorted.length - cut));
}

/** γ less the mean of the scores, those above γ counting as γ. */
export function optimalityGap(scores: Scores, gamma = 1): number {
  return gamma - mean(scores.flat().map((score) => Math.min(score, gamma)));
}

/** Performance profile: for each threshold, the share of scores above it. */
export function profile(scores: Scores, thresholds: readonly number[]): number[] {
  const sorted = Float64Array.from(scores.flat()).sort();
  return thresholds.map((threshold) => {
    let [from, to] = [0, sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (sorted[middle]! > threshold) to = middle;
      else from = middle + 1;
    }
    return (sorted.length - from) / sorted.length;
  });
}

/** P(X > Y): over tasks, the mean share of pairs in which x is above y; ties count half. */
export function probabilityOfImprovement(x: Scores, y: Scores): number {
  const perTask = x.map((xs, task) => {
    const ys = y[task]!;
    let above = 0;
    for (const a of xs) for (const b of ys) above += a > b ? 1 : a === b ? 0.5 : 0;
    return above / (xs.length * ys.length);
  });
  return mean(perTask);
}

/** A draw from a stream of its own, the same every time. */
export function seededDraw(): Draw {
  const stream = new FastStream(0, 'bootstrap');
  return (n) => stream.below(n);
}

/** Scores with every cell replaced by that of a drawn run of the same task. */
export function resampled(scores: Scores, draw: Draw): Scores {
  return scores.map((runs) => runs.map(() => runs[draw(runs.length)]!));
}

/** How often to resample, and by which draws. */
export interface Resampling {
  readonly replicates: number;
  readonly draw?: Draw;
}

/** 95 % stratified bootstrap interval of a statistic: its percentiles over resampled scores. */
export function bootstrapInterval(
  scores: Scores,
  statistic: (scores: Scores) => number,
  resampling: Resampling,
): Interval {
  return bootstrapIntervals(scores, (drawn) => [statistic(drawn)], resampling)[0]!;
}

/** The same of several statistics of the same resampled scores. */
export function bootstrapIntervals(
  scores: Scores,
  statistics: (scores: Scores) => readonly number[],
  { replicates, draw = seededDraw() }: Resampling,
): Interval[] {
  const samples = statistics(scores).map(() => new Float64Array(replicates));
  for (let r = 0; r < replicates; r++)
    for (const [k, value] of statistics(resampled(scores, draw)).entries()) samples[k]![r] = value;
  return samples.map(percentiles);
}

/** 95 % interval of P(X > Y); both are resampled, x first. */
export function improvementInterval(
  x: Scores,
  y: Scores,
  { replicates, draw = seededDraw() }: Resampling,
): Interval {
  return percentiles(
    Float64Array.from({ length: replicates }, () => {
      const drawn = resampled(x, draw);
      return probabilityOfImprovement(drawn, resampled(y, draw));
    }),
  );
}

/** The ends of the 95 % interval of a sample, which is sorted in place; linear between its values, as in NumPy. */
export function percentiles(sample: Float64Array): Interval {
  sample.sort();
  return [quantile(sample, ENDS[0]), quantile(sample, ENDS[1])];
}

function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return a + (place - below) * (b - a);
}

function mean(numbers: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < numbers.length; k++) sum += numbers[k]!;
  return sum / numbers.length;
}

/**
 * The interquartile means of n runs resampled `replicates` times, for many values of the same runs: as bootstrapInterval()
 * of one task, but the runs are drawn once and not again for every point of a curve. Replicates that draw the same runs
 * are computed once: of five runs there are 126.
 */
export class RunBootstrap {
  readonly #n: number;
  /** Distinct replicates: how often each draws run k, [distinct][n]. */
  readonly #counts: Uint16Array;
  /** How many replicates are alike, [distinct]. */
  readonly #weights: readonly number[];
  readonly #replicates: number;

  constructor(n: number, replicates: number, draw: Draw = seededDraw()) {
    const weights = new Map<string, number>();
    for (let r = 0; r < replicates; r++) {
      const counts = new Uint16Array(n);
      for (let k = 0; k < n; k++) counts[draw(n)]! += 1;
      const key = counts.join();
      weights.set(key, (weights.get(key) ?? 0) + 1);
    }
    this.#n = n;
    this.#counts = Uint16Array.from([...weights.keys()].flatMap((key) => key.split(',').map(Number)));
    this.#weights = [...weights.values()];
    this.#replicates = replicates;
  }

  /** The interval of values [n]. */
  interval(values: readonly number[]): Interval {
    const n = this.#n;
    const order = values.map((_, k) => k).sort((a, b) => values[a]! - values[b]!);
    const sorted = order.map((k) => values[k]!);
    const from = Math.floor(TRIMMED * n);
    const to = n - from;
    const means = this.#weights.map((weight, r) => {
      let [place, sum] = [0, 0];
      for (let k = 0; k < n && place < to; k++) {
        const next = place + this.#counts[r * n + order[k]!]!;
        const kept = Math.min(next, to) - Math.max(place, from);
        if (kept > 0) sum += kept * sorted[k]!;
        place = next;
      }
      return { mean: sum / (to - from), weight };
    });
    means.sort((a, b) => a.mean - b.mean);
    return [this.#quantile(means, ENDS[0]), this.#quantile(means, ENDS[1])];
  }

  #quantile(sorted: readonly { readonly mean: number; readonly weight: number }[], share: number): number {
    const place = share * (this.#replicates - 1);
    const below = Math.floor(place);
    const at = (rank: number): number => {
      let before = 0;
      return sorted.find(({ weight }) => (before += weight) > rank)!.mean;
    };
    const [a, b] = [at(below), at(Math.min(below + 1, this.#replicates - 1))];
    return a + (place - below) * (b - a);
  }
}

const bootstraps = new Map<string, RunBootstrap>();

/** Resamplings of n runs, the same for everything that is drawn of n runs. */
export function bootstrapOf(n: number, replicates: number): RunBootstrap {
  const key = `${n} ${replicates}`;
  const kept = bootstraps.get(key) ?? new RunBootstrap(n, replicates);
  bootstraps.set(key, kept);
  return kept;
}
