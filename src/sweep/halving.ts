/**
 * Asynchronous successive halving (ASHA; Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning"): what to
 * train next, from scores alone. Rung r of n + 1 ends at the r-th of `steps`, the last at the full length. A group that is
 * promoted goes on from its checkpoints.
 */
import { interquartileMean } from '../report/stats.ts';
import type { Halving } from './trial.ts';

/** A group and how far it is. */
export interface Contender {
  readonly group: string;
  /** Its score at each rung that all its seeds have finished. */
  readonly scores: readonly number[];
  /** Rungs that it has begun: as many as scores, or one more while it trains. */
  readonly begun: number;
}

/** A group to train to the end of a rung, all its seeds. */
export interface Step {
  readonly group: string;
  readonly rung: number;
}

/** Score of a group, by its seeds' scores: their interquartile mean. One that diverged (NaN) counts as the worst. */
export function groupScore(scores: readonly number[]): number {
  return interquartileMean([scores.map((score) => (Number.isNaN(score) ? -Infinity : score))]);
}

/**
 * What to train next: a promotion, from the highest rung that has one, else the first group that has not begun. Undefined
 * if there is nothing to do, or nothing until a group that trains has finished. Mark what it returns as begun, ask again.
 */
export function nextStep(contenders: readonly Contender[], { steps, keep }: Halving): Step | undefined {
  for (let rung = steps.length - 1; rung >= 0; rung--) {
    const [best] = promotable(contenders, rung, keep);
    if (best) return { group: best.group, rung: rung + 1 };
  }
  const next = contenders.find(({ begun }) => begun === 0);
  return next && { group: next.group, rung: 0 };
}

/**
 * Groups that trained to the end of a rung but may yet be promoted, so that their replay buffers are to be kept. Once
 * nextStep() has nothing and nothing trains, none is.
 */
export function waiting(contenders: readonly Contender[], { steps, keep }: Halving): string[] {
  return steps.flatMap((_, rung) => {
    const most = Math.max(1, shareOf(contenders.length, keep));
    return ranked(contenders, rung)
      .slice(0, most)
      .filter(stays(rung))
      .map(({ group }) => group);
  });
}

/** Groups that may be promoted from a rung now, best first. */
function promotable(contenders: readonly Contender[], rung: number, keep: number): Contender[] {
  const finished = ranked(contenders, rung);
  const share = shareOf(finished.length, keep);
  // Few groups would leave none: once all have come, the best goes on.
  const most = share === 0 && settled(contenders, rung, keep) ? 1 : share;
  return finished.slice(0, most).filter(stays(rung));
}

/** Whether no further group will reach the end of this rung. */
function settled(contenders: readonly Contender[], rung: number, keep: number): boolean {
  if (contenders.some(({ begun, scores }) => begun === rung + 1 && scores.length === rung)) return false;
  if (rung === 0) return contenders.every(({ begun }) => begun > 0);
  return settled(contenders, rung - 1, keep) && promotable(contenders, rung - 1, keep).length === 0;
}

/** Groups that have finished a rung, best first, ties as given. Those without a finite score come last. */
function ranked(contenders: readonly Contender[], rung: number): Contender[] {
  const scoreOf = ({ scores }: Contender): number =>
    Number.isFinite(scores[rung]) ? scores[rung]! : -Infinity;
  const better = (a: Contender, b: Contender): number =>
    scoreOf(a) === scoreOf(b) ? 0 : scoreOf(b) - scoreOf(a);
  return contenders.filter(({ scores }) => scores.length > rung).sort(better);
}

/** Whether a group is fit to be promoted from a rung and has not been. */
function stays(rung: number): (contender: Contender) => boolean {
  return ({ begun, scores }) => begun === rung + 1 && Number.isFinite(scores[rung]);
}

const THIRDS = [1 / 3, 2 / 3];

/** ⌊keep · k⌋, where 0.33 and 0.333 stand for a third and 0.67 for two. */
function shareOf(k: number, keep: number): number {
  const exact = THIRDS.find((third) => Math.abs(keep - third) < 0.005) ?? keep;
  // 0.29 · 100 is just below 29.
  return Math.floor(exact * k + 1e-9);
}
