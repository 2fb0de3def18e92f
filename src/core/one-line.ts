/**
 * Text as messages print it. Names of keys, files and options come from outside: a control character in one could move
 * the cursor, change colors or end the line, and a long one would bury the rest.
 */

/** Longest line, in UTF-16 units. */
const LONGEST = 700;

/** What stays of both ends of a longer line: its place is at the start, what to do at the end. */
const HEAD = 400;
const TAIL = 290;

/** Control characters, separators of lines, half surrogate pairs, and characters that change the direction of text. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The text on one printable line of at most 700 characters: what cannot be printed as in JSON, the middle cut. */
export function oneLine(text: string): string {
  const line = text.replace(UNPRINTABLE, escaped);
  if (line.length <= LONGEST) return line;
  // Neither end keeps half of a surrogate pair.
  const head = line.slice(0, HEAD).replace(/[\ud800-\udbff]$/, '');
  const tail = line.slice(-TAIL).replace(/^[\udc00-\udfff]/, '');
  return `${head} ... ${tail}`;
}

function escaped(character: string): string {
  const short = JSON.stringify(character).slice(1, -1);
  return short === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : short;
}
