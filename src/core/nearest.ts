/** Spelling suggestions for "unknown name" messages (keys, choices, environments, options, packaged files). */

/** Damerau-Levenshtein distance (insert, delete, replace, swap of neighbours), ignoring case. */
export function editDistance(a: string, b: string): number {
  const s = a.toLowerCase();
  const t = b.toLowerCase();
  // rows[i][j]: distance between the first i letters of s and the first j letters of t
  const rows = Array.from({ length: s.length + 1 }, (_, i) => new Array<number>(t.length + 1).fill(i));
  for (let j = 0; j <= t.length; j++) rows[0]![j] = j;
  for (let i = 1; i <= s.length; i++) {
    for (let j = 1; j <= t.length; j++) {
      const replace = rows[i - 1]![j - 1]! + (s[i - 1] === t[j - 1] ? 0 : 1);
      let least = Math.min(replace, rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1);
      const swapped = i > 1 && j > 1 && s[i - 1] === t[j - 2] && s[i - 2] === t[j - 1];
      if (swapped) least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      rows[i]![j] = least;
    }
  }
  return rows[s.length]![t.length]!;
}

/** Longest name that suggestions are made for: a distance takes time in proportion to both lengths. */
const LONGEST = 64;

/**
 * The candidate with the smallest edit distance, up to a third of the name's length; failing that, the first that
 * starts with roughly this name (`lerning_rate` -> `learning_rate_actor`); otherwise, or for a name of more than 64
 * letters, undefined. Ties go to the first.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > LONGEST) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  let longer: string | undefined;
  for (const candidate of candidates) {
    // The difference in length is a lower bound of the distance.
    if (Math.abs(candidate.length - name.length) < least) {
      const edits = editDistance(name, candidate);
      if (edits < least) [best, least] = [candidate, edits];
    }
    if (longer === undefined && name.length >= 3 && begins(candidate, name)) longer = candidate;
  }
  return best ?? longer;
}

function begins(candidate: string, name: string): boolean {
  const start = candidate.slice(0, name.length);
  const most = Math.floor(name.length / 6);
  return name.length - start.length <= most && editDistance(name, start) <= most;
}

/** `did you mean NAME?` for the nearest candidate, or '' if none is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const near = nearest(name, candidates);
  return near === undefined ? '' : `did you mean ${near}?`;
}
