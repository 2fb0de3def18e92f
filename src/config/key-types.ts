/**
 * Builders for the table of keys (keys/): each makes one entry, typed by the key's value, and derives its JSON Schema and
 * the words for messages from one description.
 */

/** A JSON Schema fragment (draft-07). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One key of the configuration; T is the type of its value. */
export interface Key<T> {
  readonly default: T;
  /** What the key takes, as messages put it after "expected". */
  readonly expected: string;
  readonly schema: JsonSchema;
  /** One to three sentences: what it does, and how XuanCe differs. */
  readonly doc: string;
  readonly unit?: string;
  /** The default in words, if it depends on other keys. */
  readonly defaultText?: string;
  /** A telling value, if the default is not. */
  readonly example?: T;
  /** Words that the value can be, for suggestions. */
  readonly words?: readonly string[];
  /** The value for runs whose config.yaml lacks the key, if not the default. */
  readonly before?: T;
}

/** What every builder takes. */
export interface About<T> {
  readonly default: T;
  readonly doc: string;
  readonly unit?: string;
  readonly defaultText?: string;
  readonly example?: T;
  readonly before?: T;
}

interface Range {
  readonly min?: number;
  readonly max?: number;
  /** Exclusive bounds. */
  readonly above?: number;
  readonly below?: number;
}

function entry<T>(about: About<T>, expected: string, schema: JsonSchema, words?: readonly string[]): Key<T> {
  return {
    default: about.default,
    expected,
    schema,
    doc: about.doc,
    ...(about.unit === undefined ? {} : { unit: about.unit }),
    ...(about.defaultText === undefined ? {} : { defaultText: about.defaultText }),
    ...(about.example === undefined ? {} : { example: about.example }),
    ...(words === undefined ? {} : { words }),
    ...(about.before === undefined ? {} : { before: about.before }),
  };
}

function rangeText({ min, max, above, below }: Range): string {
  if (min !== undefined && below !== undefined) return ` >= ${min} and < ${below}`;
  if (above !== undefined) return max === undefined ? ` > ${above}` : ` > ${above} and <= ${max}`;
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` >= ${min}`;
  return max === undefined ? '' : ` <= ${max}`;
}

function rangeSchema(type: string, { min, max, above, below }: Range): JsonSchema {
  return {
    type,
    ...(min === undefined ? {} : { minimum: min }),
    ...(max === undefined ? {} : { maximum: max }),
    ...(above === undefined ? {} : { exclusiveMinimum: above }),
    ...(below === undefined ? {} : { exclusiveMaximum: below }),
  };
}

/** An integer, exact as a double. */
export function integer(about: About<number> & Range): Key<number> {
  const schema = rangeSchema('integer', { ...about, max: about.max ?? Number.MAX_SAFE_INTEGER });
  return entry(about, `an integer${rangeText(about)}`, schema);
}

/** A finite number. */
export function number(about: About<number> & Range): Key<number> {
  return entry(about, `a number${rangeText(about)}`, rangeSchema('number', about));
}

export function flag(about: About<boolean>): Key<boolean> {
  return entry(about, 'true or false', { type: 'boolean' });
}

/** One of a few words. */
export function choice<const V extends readonly string[]>(
  values: V,
  about: About<V[number]>,
): Key<V[number]> {
  const expected = values.length === 1 ? values.join('') : `one of ${values.join(', ')}`;
  return entry(about, expected, { enum: values }, values);
}

/** A list of integers in a range, possibly empty. */
export function integers(
  about: About<readonly number[]> & { min: number; max: number; most: number },
): Key<readonly number[]> {
  const { min, max, most } = about;
  const items = { type: 'integer', minimum: min, maximum: max };
  const expected = `a list of at most ${most} integers from ${min} to ${max}`;
  return entry(about, expected, { type: 'array', maxItems: most, items });
}

/** A string that is not blank; `pattern` narrows it and `expected` says to what. */
export function text(about: About<string> & { pattern?: string; expected?: string }): Key<string> {
  return entry(about, about.expected ?? 'a string', { type: 'string', pattern: about.pattern ?? '\\S' });
}

/** A list of strings that are not blank. */
export function texts(about: About<readonly string[]> & { expected: string }): Key<readonly string[]> {
  return entry(about, about.expected, { type: 'array', items: { type: 'string', pattern: '\\S' } });
}

/** The alternative that a key is not set. */
export const NULL: Key<null> = { default: null, doc: '', expected: 'null', schema: { type: 'null' } };

/** A mapping; another stage checks names and values. */
export function mapping(
  about: About<Readonly<Record<string, unknown>>>,
): Key<Readonly<Record<string, unknown>>> {
  return entry(about, 'a mapping', { type: 'object' });
}

/** A list of lists of names, none of them empty. */
export function nameLists(about: About<readonly (readonly string[])[]>): Key<readonly (readonly string[])[]> {
  const names = { type: 'array', minItems: 1, items: { type: 'string', pattern: '\\S' } };
  return entry(about, 'a list of lists of agent names', { type: 'array', minItems: 1, items: names });
}

/** A mapping to one of a few words; another stage checks the names. */
export function choices<const V extends readonly string[]>(
  values: V,
  about: About<Readonly<Record<string, V[number]>>>,
): Key<Readonly<Record<string, V[number]>>> {
  const schema = { type: 'object', minProperties: 1, additionalProperties: { enum: values } };
  return entry(about, `a mapping to ${values.join(', ')}`, schema, values);
}

/** What any of the alternatives takes; their defaults and docs are not used. */
export function either<T>(alternatives: readonly Key<T>[], about: About<T> & { expected: string }): Key<T> {
  const schema = { anyOf: alternatives.map((key) => key.schema) };
  const words = alternatives.flatMap((key) => key.words ?? []);
  return entry(about, about.expected, schema, words);
}
