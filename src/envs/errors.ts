/**
 * EnvironmentError: a fault that the user of an environment can mend (an option, an action, a call out of
 * turn). Its message is one line, `<where>: expected <what>, got <value>`, and is meant to be printed as it is.
 */

export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';

  constructor(where: string, expected: string, got: unknown, hint = '') {
    super(`${where}: expected ${expected}, got ${shown(got)}${hint === '' ? '' : `; ${hint}`}`);
  }
}

/** A value as a message shows it: short, on one line. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (ArrayBuffer.isView(value) || Array.isArray(value)) {
    const length = 'length' in value ? `${value.length} values` : `${value.byteLength} bytes`;
    return `${value.constructor.name} of ${length}`;
  }
  if (typeof value === 'string') return value.length <= 40 ? value : `${value.slice(0, 40)}...`;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}

/** The hint "did you mean NAME?" for the nearest of `names`, or '' where none is close. */
export function didYouMean(given: string, names: readonly string[]): string {
  let nearest = '';
  let least = Math.max(2, Math.floor(given.length / 3)) + 1;
  for (const name of names) {
    const edits = editDistance(given.toLowerCase(), name.toLowerCase());
    if (edits < least) {
      least = edits;
      nearest = name;
    }
  }
  return nearest === '' ? '' : `did you mean ${nearest}?`;
}

/** Characters to insert, delete or replace to turn `a` into `b` (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
