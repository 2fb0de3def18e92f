/** Which groups are trained again on fresh seeds after the search (`confirm` of a sweep file). */
import type { Contender } from './halving.ts';

/**
 * The best groups, at most `top`, best first: those that trained furthest, then by score, ties by name. One without a
 * finite score is none. Without halving each group has one score.
 */
export function confirmedGroups(
  groups: readonly Pick<Contender, 'group' | 'scores'>[],
  top: number,
): string[] {
  return groups
    .filter(({ scores }) => Number.isFinite(scores.at(-1)))
    .sort(
      (a, b) =>
        b.scores.length - a.scores.length ||
        b.scores.at(-1)! - a.scores.at(-1)! ||
        (a.group < b.group ? -1 : 1),
    )
    .slice(0, top)
    .map(({ group }) => group);
}
