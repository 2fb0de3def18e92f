/** Speech: messages as words. */

/** The letter of the largest number, A for the first; `_` for silence, as in MPE2. */
export function wordOf(message: readonly number[]): string {
  const most = Math.max(...message);
  if (message.every((x) => x === 0)) return '_';
  const k = message.indexOf(most);
  return k < 26 ? String.fromCharCode(65 + k) : String(k);
}
