/** Scores of groups: the table of a report, and what compares two groups. A run's score is its last value. */
import { pointsOf } from './curves.ts';
import type { Group } from './groups.ts';
import type { Baseline, Run } from './run.ts';
import {
  bootstrapIntervals,
  bootstrapOf,
  improvementInterval,
  interquartileMean,
  optimalityGap,
  probabilityOfImprovement,
  profile,
  type Interval,
  type Scores,
} from './stats.ts';

/** Resamplings for the interval of a score, as in rliable, and of what compares groups. */
const REPLICATES = 50_000;
const REPLICATES_OF_COMPARISONS = 2000;

/** Score 0 and score 1 of normalised scores, as returns. */
export interface Scale {
  readonly random: number;
  readonly scripted: number;
}

/** What the runs that reached a threshold needed; null if none did. */
export interface Reached {
  readonly runs: number;
  /** Interquartile means over those runs. */
  readonly steps: number;
  readonly seconds: number;
}

/** Of the scores of some runs, one each. */
export interface Statistics {
  readonly mean: number;
  readonly iqm: number;
  /** 95 %, of the interquartile mean; null for a single run. */
  readonly interval: Interval | null;
  readonly worst: number;
  readonly best: number;
}

export interface ScoreRow extends Omit<Statistics, 'mean'> {
  readonly group: Group;
  /** Runs that have a score. */
  readonly runs: number;
  /** 1 minus the mean of the scores up to 1; null unless scores are normalised. */
  readonly gap: number | null;
  /** null if no run reached it. */
  readonly reached: Reached | null;
}

export interface ScoreOptions {
  /** Of metrics.jsonl. */
  readonly key: string;
  /** Scores are normalised by it if given. */
  readonly scale?: Scale | undefined;
  /** In the metric's own unit. */
  readonly threshold?: number | undefined;
}

/** The scale of who a metric is measured of; undefined without a controller, or with one no better than random. */
export function scaleOf(baseline: Baseline | undefined, who: string): Scale | undefined {
  const [random, scripted] = [baseline?.random[who], baseline?.scripted?.[who]];
  if (random === undefined || scripted === undefined || scripted <= random) return undefined;
  return { random, scripted };
}

/** 0 as good as random, 1 as good as the scripted controller. */
export function normalised(value: number, { random, scripted }: Scale): number {
  return (value - random) / (scripted - random);
}

/** Last value of each run that has one. */
export function scoresOf(runs: readonly Run[], key: string, scale?: Scale): number[] {
  const last = runs.map((run) => pointsOf(run, key, 'step').y.at(-1)).filter((y) => y !== undefined);
  return scale ? last.map((value) => normalised(value, scale)) : last;
}

/** Statistics of at least one score. */
export function statisticsOf(scores: readonly number[]): Statistics {
  return {
    mean: scores.reduce((sum, score) => sum + score, 0) / scores.length,
    iqm: interquartileMean([scores]),
    interval: scores.length === 1 ? null : bootstrapOf(scores.length, REPLICATES).interval(scores),
    worst: Math.min(...scores),
    best: Math.max(...scores),
  };
}

/** One row per group with a score, the best interquartile mean first. */
export function scoreTable(groups: readonly Group[], { key, scale, threshold }: ScoreOptions): ScoreRow[] {
  const rows = groups.flatMap((group): ScoreRow[] => {
    const scores = scoresOf(group.runs, key, scale);
    if (scores.length === 0) return [];
    const { iqm, interval, worst, best } = statisticsOf(scores);
    return [
      {
        ...{ group, runs: scores.length, iqm, interval, worst, best },
        gap: scale ? optimalityGap([scores]) : null,
        reached: threshold === undefined ? null : reachedBy(group.runs, key, threshold),
      },
    ];
  });
  return rows.sort((a, b) => b.iqm - a.iqm);
}

function reachedBy(runs: readonly Run[], key: string, threshold: number): Reached | null {
  const first = runs.flatMap((run) => {
    const k = run.metrics[key]?.findIndex((value) => value >= threshold) ?? -1;
    return k < 0 ? [] : [{ step: run.metrics['step']![k]!, seconds: run.metrics['wall_s']![k]! }];
  });
  if (first.length === 0) return null;
  return {
    runs: first.length,
    steps: interquartileMean([first.map(({ step }) => step)]),
    seconds: interquartileMean([first.map(({ seconds }) => seconds)]),
  };
}

/**
 * A threshold that tells groups apart: nine tenths of the way from the random policy to the best group, or from the
 * lowest value of any run where there is no random policy. undefined without values.
 */
export function usualThreshold(
  groups: readonly Group[],
  key: string,
  random: number | undefined,
): number | undefined {
  const iqms = groups.map(({ runs }) => interquartileMean([scoresOf(runs, key)])).filter(Number.isFinite);
  if (iqms.length === 0) return undefined;
  const values = groups.flatMap(({ runs }) => runs.flatMap((run) => pointsOf(run, key, 'step').y));
  const best = Math.max(...iqms);
  const low = random !== undefined && random < best ? random : values.reduce((a, b) => Math.min(a, b), best);
  return Number((low + 0.9 * (best - low)).toPrecision(3));
}

/** A variant's scores in every environment compared, [task][run]. */
export interface Contestant {
  readonly label: string;
  readonly variant: number;
  readonly scores: Scores;
}

export interface ProfileCurve {
  readonly contestant: Contestant;
  /** Share of scores above each threshold, with its 95 % interval. */
  readonly shares: readonly number[];
  readonly intervals: readonly Interval[];
}

/** Performance profiles at `count` thresholds that span all scores. */
export function profiles(
  contestants: readonly Contestant[],
  count = 201,
): { readonly thresholds: readonly number[]; readonly curves: readonly ProfileCurve[] } {
  const all = contestants.flatMap(({ scores }) => scores.flat());
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const margin = 0.05 * (most - least || 1);
  const [from, to] = [least - margin, most + margin];
  const thresholds = Array.from({ length: count }, (_, k) => from + (k / (count - 1)) * (to - from));
  const curves = contestants.map((contestant) => {
    // A profile changes at scores only, and so does its interval.
    const levels = [-Infinity, ...new Set(contestant.scores.flat())].sort((a, b) => a - b);
    const intervals = bootstrapIntervals(contestant.scores, (scores) => profile(scores, levels), {
      replicates: REPLICATES_OF_COMPARISONS,
    });
    return {
      contestant,
      shares: profile(contestant.scores, thresholds),
      intervals: thresholds.map(
        (threshold) => intervals[levels.findLastIndex((level) => level <= threshold)]!,
      ),
    };
  });
  return { thresholds, curves };
}

export interface Improvement {
  readonly x: Contestant;
  readonly y: Contestant;
  /** P(X > Y) and its 95 % interval. */
  readonly probability: number;
  readonly interval: Interval;
}

/** P(x > y) for every y. */
export function improvements(x: Contestant, others: readonly Contestant[]): Improvement[] {
  return others.map((y) => ({
    x,
    y,
    probability: probabilityOfImprovement(x.scores, y.scores),
    interval: improvementInterval(x.scores, y.scores, { replicates: REPLICATES_OF_COMPARISONS }),
  }));
}
