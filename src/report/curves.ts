/** From the metrics of runs to curves: points, smoothing, and the interquartile mean of a group with its interval. */
import { bootstrapOf, interquartileMean } from './stats.ts';
import type { Run } from './run.ts';

/** What a curve runs along. */
export type Along = 'step' | 'wall_s';

/** Points of a run, x increasing. */
export interface Points {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** A group's curve at its points. */
export interface GroupCurve {
  readonly x: readonly number[];
  readonly mean: readonly number[];
  /** 95 % interval of the mean; both are the mean itself where one run is left. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Runs that have a value here. */
  readonly count: readonly number[];
}

/** Resamplings for an interval of a curve, as rliable recommends for profiles. */
const REPLICATES = 2000;
/** Most points of a group's curve. */
const MOST = 200;

/** The finite points of a metric, smoothed: `weight` from 0 (not) towards 1 is that of the past, as in TensorBoard. */
export function pointsOf(run: Run, key: string, along: Along, weight = 0): Points {
  const [xs, ys] = [run.metrics[along]!, run.metrics[key]];
  const [x, y]: [number[], number[]] = [[], []];
  if (ys === undefined) return { x, y };
  let [sum, total] = [0, 0];
  for (let k = 0; k < ys.length; k++) {
    if (!Number.isFinite(ys[k]) || !Number.isFinite(xs[k]) || xs[k]! <= (x.at(-1) ?? -Infinity)) continue;
    // The past decays, and so does its weight: the first values count in full.
    sum = weight * sum + (1 - weight) * ys[k]!;
    total = weight * total + (1 - weight);
    x.push(xs[k]!);
    y.push(weight === 0 ? ys[k]! : sum / total);
  }
  return { x, y };
}

/**
 * The interquartile mean over runs and its interval. Runs are read between their records linearly, and not beyond their
 * last: the curve goes on while at least half of them do.
 */
export function groupCurve(runs: readonly Points[], most = MOST): GroupCurve {
  const out = {
    x: [] as number[],
    mean: [] as number[],
    low: [] as number[],
    high: [] as number[],
    count: [] as number[],
  };
  const used = runs.filter(({ x }) => x.length > 0);
  const places = thinned(
    [...new Set(used.flatMap(({ x }) => x))].sort((a, b) => a - b),
    most,
  );
  for (const x of places) {
    const values = used.map((points) => valueAt(points, x)).filter((value) => value !== undefined);
    if (values.length < used.length / 2) continue;
    const mean = interquartileMean([values]);
    const [low, high] =
      values.length === 1 ? [mean, mean] : bootstrapOf(values.length, REPLICATES).interval(values);
    out.x.push(x);
    out.mean.push(mean);
    out.low.push(low);
    out.high.push(high);
    out.count.push(values.length);
  }
  return out;
}

/** At most `most` of the numbers, evenly by rank, with the first and the last. */
function thinned(numbers: readonly number[], most: number): readonly number[] {
  if (numbers.length <= most) return numbers;
  return Array.from(
    { length: most },
    (_, k) => numbers[Math.round((k * (numbers.length - 1)) / (most - 1))]!,
  );
}

/** Value at x, linear between points; undefined outside them. */
export function valueAt({ x: xs, y: ys }: Points, x: number): number | undefined {
  const k = firstNotBelow(xs, x);
  if (xs[k] === x) return ys[k];
  if (k === 0 || k === xs.length) return undefined;
  const share = (x - xs[k - 1]!) / (xs[k]! - xs[k - 1]!);
  return ys[k - 1]! + share * (ys[k]! - ys[k - 1]!);
}

/** Index of the first number that is not below `least`; the length if there is none. `sorted` increases. */
export function firstNotBelow(sorted: readonly number[], least: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]! < least) from = middle + 1;
    else to = middle;
  }
  return from;
}
