/** Numbers of rliable to compare with: recorded ones, and a check that works on those and on new ones. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import {
  bootstrapInterval,
  improvementInterval,
  interquartileMean,
  optimalityGap,
  probabilityOfImprovement,
  profile,
  type Draw,
  type Interval,
} from '../../src/report/stats.ts';

/** What ask_rliable.py reads a list of; scores are [task][run]. */
export interface Task {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly (readonly number[])[];
  readonly thresholds: readonly number[];
  readonly gamma: number;
  readonly replicates: number;
}

interface DrawnInterval {
  readonly ends: Interval;
  readonly indices: readonly number[];
}

/** What it writes a list of. */
export interface Answer {
  readonly iqm: number;
  readonly gap: number;
  readonly profile: readonly number[];
  readonly improvement: number;
  readonly iqm_interval: DrawnInterval;
  readonly improvement_interval: DrawnInterval;
}

const RECORDED = new URL('data/rliable.json', import.meta.url);

/** Answers of ask_rliable.py with rliable 1.2.0. rliable.slow.test.ts asks again. */
export function recorded(): readonly { readonly task: Task; readonly answer: Answer }[] {
  return JSON.parse(readFileSync(RECORDED, 'utf8')) as { task: Task; answer: Answer }[];
}

/** Expects our numbers to be rliable's to 1e-12, intervals with the same draws. */
export function expectSame({ x, y, thresholds, gamma, replicates }: Task, answer: Answer): void {
  expectClose([interquartileMean(x)], [answer.iqm]);
  expectClose([optimalityGap(x, gamma)], [answer.gap]);
  expectClose(profile(x, thresholds), answer.profile);
  expectClose([probabilityOfImprovement(x, y)], [answer.improvement]);
  const { iqm_interval, improvement_interval } = answer;
  expectClose(
    bootstrapInterval(x, interquartileMean, { replicates, draw: replayed(iqm_interval.indices) }),
    iqm_interval.ends,
  );
  expectClose(
    improvementInterval(x, y, { replicates, draw: replayed(improvement_interval.indices) }),
    improvement_interval.ends,
  );
}

/** Draws recorded indices; more than there are is an error. */
function replayed(indices: readonly number[]): Draw {
  let k = 0;
  return (n) => {
    const index = indices[k++];
    if (index === undefined || index >= n)
      throw new Error(`draw ${k}: expected an index below ${n}, got ${index}`);
    return index;
  };
}

function expectClose(ours: readonly number[], theirs: readonly number[]): void {
  expect(ours).toHaveLength(theirs.length);
  for (const [k, value] of theirs.entries()) expect(Math.abs(ours[k]! - value)).toBeLessThanOrEqual(1e-12);
}
