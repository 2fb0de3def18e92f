/** Reads sweep files: YAML text -> Sweep, with every fault at its line. docs/sweeps.md documents the keys. */
import { readDocument, type Given } from '../config/document.ts';
import { FaultList, shown, type Origin } from '../config/errors.ts';
import { didYouMean } from '../core/nearest.ts';
import { parseMetric, TEST_RETURN } from '../report/metric-names.ts';
import type { Confirm, Halving, Keys, Objective, Samples, Space, Sweep } from './trial.ts';

/** Most trials of a sweep: more are a slip of a grid. */
export const MOST_TRIALS = 100_000;

/** Fewest seeds with halving: with fewer, chance decides who is promoted. */
const LEAST_SEEDS = 3;

/** A value of the file and its path, `samples.keys.tau`. */
interface Value {
  readonly path: string;
  readonly value: unknown;
}

class Reader {
  readonly #faults: FaultList;
  readonly #given: readonly Given[];

  constructor(given: readonly Given[], faults: FaultList) {
    this.#given = given;
    this.#faults = faults;
  }

  /** The value of a key of the file; undefined if it is not given. */
  at(path: string): Value | undefined {
    const given = this.#given.find(({ name }) => name === path);
    return given && given.value !== null ? { path, value: given.value } : undefined;
  }

  /** Whether the file has a value at this path. */
  has(path: string): boolean {
    const [name, ...below] = path.split('.');
    return this.#given.some((one) => one.name === name && one.inner.has(below.join('.')));
  }

  fault({ path, value }: Value, expected: string): void {
    this.#faults.add(this.#origin(path), `${path}: expected ${expected}, got ${shown(value)}`);
  }

  /** The entries of a mapping; none, with a fault, if it is not one. `known`: the keys it may have. */
  entries(value: Value, known?: readonly string[]): Map<string, Value> {
    if (!isRecord(value.value)) {
      this.fault(value, 'a mapping');
      return new Map();
    }
    const entries = Object.entries(value.value).map(
      ([name, inner]) => [name, { path: `${value.path}.${name}`, value: inner }] as const,
    );
    for (const [name, inner] of entries)
      if (known && !known.includes(name)) this.unknown(name, inner.path, known);
    return new Map(entries);
  }

  unknown(name: string, path: string, known: readonly string[]): void {
    this.#faults.add(this.#origin(path), `${path}: expected ${known.join(', ')}, got ${name}`, () =>
      didYouMean(name, known),
    );
  }

  list(value: Value, expected: string, least = 1): readonly unknown[] {
    if (Array.isArray(value.value) && value.value.length >= least) return value.value as unknown[];
    this.fault(value, expected);
    return [];
  }

  number(value: Value, expected: string, fits: (x: number) => boolean): number {
    if (typeof value.value === 'number' && fits(value.value)) return value.value;
    this.fault(value, expected);
    return NaN;
  }

  whole(value: Value, least: number): number {
    return this.number(
      value,
      `a whole number of at least ${least}`,
      (x) => Number.isSafeInteger(x) && x >= least,
    );
  }

  oneOf<T extends string>(value: Value, choices: readonly T[]): T {
    const found = choices.find((choice) => choice === value.value);
    if (found === undefined) this.fault(value, choices.join(' or '));
    return found ?? choices[0]!;
  }

  text(value: Value): string {
    if (typeof value.value === 'string' && value.value !== '') return value.value;
    this.fault(value, 'text');
    return '';
  }

  texts(value: Value | undefined): string[] {
    if (value === undefined) return [];
    const list = this.list(value, 'a list of names');
    return list.map((item, k) => this.text({ path: `${value.path}.${k}`, value: item }));
  }

  /** Distinct whole numbers, increasing if `ordered`. */
  wholes(value: Value, expected: string, ordered: boolean): number[] {
    const numbers = this.list(value, expected).map((item, k) =>
      this.whole({ path: `${value.path}.${k}`, value: item }, 0),
    );
    const good = ordered
      ? numbers.every((x, k) => k === 0 || x > numbers[k - 1]!)
      : new Set(numbers).size === numbers.length;
    if (!good && !numbers.some(Number.isNaN)) this.fault(value, expected);
    return numbers;
  }

  /** An entry, or one without a value, which is a fault wherever it is parsed. */
  required(within: Value, entries: ReadonlyMap<string, Value>, name: string): Value {
    return entries.get(name) ?? { path: `${within.path}.${name}`, value: undefined };
  }

  #origin(path: string): Origin | undefined {
    const [name, ...below] = path.split('.');
    const given = this.#given.find((one) => one.name === name);
    if (name !== undefined && !KEYS.includes(name)) return given?.nameOrigin;
    for (let depth = below.length; depth > 0; depth--) {
      const inner = given?.inner.get(below.slice(0, depth).join('.'));
      if (inner) return inner;
    }
    return given?.origin;
  }
}

/** Keys that a sweep sets itself. */
const OWN = ['seed', 'env_seed', 'name', 'model_dir'];

const KEYS = [
  ...['config', 'set', 'budget', 'scenarios', 'algorithms', 'variants', 'grid', 'samples', 'seeds'],
  ...['objective', 'halving', 'confirm'],
];

/**
 * The sweep that a text describes.
 * @param file its name in messages
 * @throws ConfigError with all faults, `file:line:column: key: expected ..., got ...`
 */
export function readSweep(text: string, file: string): Sweep {
  const faults = new FaultList();
  const given = readDocument(text, file, faults);
  const read = new Reader(given, faults);
  for (const { name } of given) if (!KEYS.includes(name)) read.unknown(name, name, KEYS);
  const optional = <T>(name: string, parse: (value: Value) => T, otherwise: T): T => {
    const value = read.at(name);
    return value === undefined ? otherwise : parse(value);
  };
  const budget = optional('budget', (value) => budgetOf(value, read), {});
  const sweep: Sweep = {
    configs: configsOf(read, faults, file),
    set: { ...optional<Keys>('set', (value) => valuesOf(value, read), {}), ...budget },
    scenarios: read.texts(read.at('scenarios')),
    algorithms: read.texts(read.at('algorithms')),
    variants: optional('variants', (value) => variantsOf(value, read), {}),
    grid: optional('grid', (value) => gridOf(value, read), {}),
    samples: optional<Samples | null>('samples', (value) => samplesOf(value, read), null),
    seeds: optional('seeds', (value) => seedsOf(value, read), [1]),
    objective: optional<Objective>('objective', (value) => objectiveOf(value, read), {
      metric: TEST_RETURN,
      at: 'last',
    }),
    halving: optional<Halving | null>('halving', (value) => halvingOf(value, read), null),
    confirm: optional<Confirm | null>('confirm', (value) => confirmOf(value, read), null),
  };
  const named = Object.keys(sweep.variants).map((name) => `variants.${name}`);
  for (const place of ['set', ...named, 'grid', 'samples.keys'])
    for (const key of OWN)
      if (read.has(`${place}.${key}`))
        read.fault({ path: `${place}.${key}`, value: key }, 'none, since the sweep sets it');
  if (sweep.halving !== null && sweep.seeds.length < LEAST_SEEDS)
    faults.add(
      undefined,
      `${file}: seeds: expected at least ${LEAST_SEEDS} with halving, got ${sweep.seeds.length}`,
    );
  const { metric } = sweep.objective;
  if (sweep.confirm !== null && parseMetric(metric).base !== TEST_RETURN)
    read.fault(
      { path: 'objective.metric', value: metric },
      `a test return with confirm (${TEST_RETURN}, or that of a team or an agent)`,
    );
  faults.throwIfAny();
  return sweep;
}

function configsOf(read: Reader, faults: FaultList, file: string): string[][] {
  const value = read.at('config');
  if (value === undefined) {
    faults.add(undefined, `${file}: config: expected a configuration such as mpe.yaml, got nothing`);
    return [];
  }
  if (typeof value.value === 'string') return [[read.text(value)]];
  return read.list(value, 'a name, or a list of them').map((item, k) => {
    const one = { path: `config.${k}`, value: item };
    return Array.isArray(item) ? read.texts(one) : [read.text(one)];
  });
}

function budgetOf(value: Value, read: Reader): Keys {
  const steps = read.required(value, read.entries(value, ['steps']), 'steps');
  return { running_steps: read.whole(steps, 1) };
}

/** Values by key. Whether the keys exist is for the configuration to say. */
function valuesOf(value: Value, read: Reader): Keys {
  return Object.fromEntries([...read.entries(value)].map(([name, inner]) => [name, inner.value]));
}

function variantsOf(value: Value, read: Reader): Sweep['variants'] {
  return Object.fromEntries([...read.entries(value)].map(([name, inner]) => [name, valuesOf(inner, read)]));
}

function gridOf(value: Value, read: Reader): Sweep['grid'] {
  return Object.fromEntries(
    [...read.entries(value)].map(([name, inner]) => [name, read.list(inner, 'a list of values')]),
  );
}

function seedsOf(value: Value, read: Reader): number[] {
  if (typeof value.value === 'number')
    return Array.from({ length: read.whole(value, 1) || 0 }, (_, k) => k + 1);
  return read.wholes(value, 'a number of seeds, or a list of different ones', false);
}

function samplesOf(value: Value, read: Reader): Samples {
  const entries = read.entries(value, ['count', 'method', 'seed', 'keys']);
  const keys = read.entries(read.required(value, entries, 'keys'));
  const [method, seed] = [entries.get('method'), entries.get('seed')];
  return {
    count: read.whole(read.required(value, entries, 'count'), 1),
    method: method === undefined ? 'sobol' : read.oneOf(method, ['sobol', 'random']),
    seed: seed === undefined ? 1 : read.whole(seed, 0),
    keys: Object.fromEntries([...keys].map(([name, inner]) => [name, spaceOf(inner, read)])),
  };
}

function spaceOf(value: Value, read: Reader): Space {
  const kinds = ['log', 'range', 'integers', 'choice'] as const;
  const entries = [...read.entries(value, kinds)];
  if (isRecord(value.value) && entries.length !== 1) read.fault(value, `one of ${kinds.join(', ')}`);
  const found = entries[0];
  if (found === undefined) return {};
  const [kind, inner] = found as [(typeof kinds)[number], Value];
  if (kind === 'choice') return { choice: read.list(inner, 'a list of values') };
  const expected = `[least, most]${kind === 'log' ? ' above 0' : kind === 'integers' ? ' as whole numbers' : ''}`;
  const ends = read.list(inner, expected, 2);
  const [least, most] = ends as [number, number];
  const good =
    ends.length === 2 &&
    ends.every(
      (x) => typeof x === 'number' && Number.isFinite(x) && (kind !== 'integers' || Number.isInteger(x)),
    ) &&
    least < most &&
    (kind !== 'log' || least > 0);
  if (!good && ends.length > 0) read.fault(inner, expected);
  return { [kind]: [least, most] };
}

function objectiveOf(value: Value, read: Reader): Objective {
  const entries = read.entries(value, ['metric', 'at']);
  const [metric, at] = [entries.get('metric'), entries.get('at')];
  return {
    metric: metric === undefined ? TEST_RETURN : read.text(metric),
    at: at === undefined ? 'last' : read.oneOf(at, ['last', 'best']),
  };
}

function halvingOf(value: Value, read: Reader): Halving {
  const entries = read.entries(value, ['steps', 'keep']);
  const keep = entries.get('keep');
  return {
    steps: read.wholes(read.required(value, entries, 'steps'), 'increasing numbers of steps', true),
    keep: keep === undefined ? 1 / 3 : read.number(keep, 'a number between 0 and 1', (x) => x > 0 && x < 1),
  };
}

function confirmOf(value: Value, read: Reader): Confirm {
  const entries = read.entries(value, ['top', 'seeds', 'episodes', 'test_seed']);
  const whole = (name: string, least: number, otherwise: number): number => {
    const found = entries.get(name);
    return found === undefined ? otherwise : read.whole(found, least);
  };
  return {
    top: whole('top', 1, 3),
    seeds: seedsOf(read.required(value, entries, 'seeds'), read),
    episodes: whole('episodes', 1, 500),
    test_seed: whole('test_seed', 0, 1_000_000),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
