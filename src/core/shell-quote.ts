/** Quotes `word` for a POSIX shell if needed, for commands that users copy. */
export function shellQuote(word: string): string {
  return /^[\w%+,./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
