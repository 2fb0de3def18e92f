/** Any value as error messages show it after "got": short and on one line. */
export function described(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'string') return JSON.stringify(shortened(value, 40));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  // Not value.constructor, which may be a key of a file.
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null;
  const name = prototype?.constructor?.name ?? 'Object';
  if (name === 'Object' || name === '') return 'an object';
  const length = ArrayBuffer.isView(value) && 'length' in value ? ` of ${String(value.length)}` : '';
  return `${/^[AEIOU]/i.test(name) ? 'an' : 'a'} ${name}${length}`;
}

/** At most `most` characters of a text. */
export function shortened(text: string, most = 80): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`;
}
