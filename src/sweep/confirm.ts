/** Which groups are trained again on fresh seeds. */
import { interquartileMean } from '../report/stats.ts';
import { scoreOf, type Score } from './standing.ts';
import type { Objective, Trial } from './trial.ts';

/** The interquartile mean over the seeds of each group; groups without a score are left out. */
export function groupScores(
  trials: readonly Trial[],
  scoresOf: (trial: Trial) => readonly Score[],
  objective: Objective,
): Map<string, number> {
  const values = new Map<string, number[]>();
  for (const trial of trials) {
    const score = scoreOf(scoresOf(trial), objective);
    if (score === undefined || Number.isNaN(score)) continue;
    values.set(trial.group, [...(values.get(trial.group) ?? []), score]);
  }
  return new Map([...values].map(([group, scores]) => [group, interquartileMean([scores])]));
}

/** The best groups, at most `top`; of equal ones the first by name. */
export function confirmedGroups(scores: ReadonlyMap<string, number>, top: number): string[] {
  return [...scores]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, top)
    .map(([group]) => group);
}
