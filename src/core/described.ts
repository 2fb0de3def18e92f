/** Any value as error messages show it after "got": short and on one line. */
export function described(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'string')
    return JSON.stringify(value.length <= 40 ? value : `${value.slice(0, 37)}...`);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const { name = 'object' } = (value.constructor as { name?: string } | undefined) ?? {};
  if (name === 'Object' || name === '') return 'an object';
  const length = ArrayBuffer.isView(value) && 'length' in value ? ` of ${String(value.length)}` : '';
  return `${/^[AEIOU]/i.test(name) ? 'an' : 'a'} ${name}${length}`;
}
