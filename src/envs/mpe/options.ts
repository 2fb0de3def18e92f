/**
 * Options of a scenario: one table a scenario, from which come the checks, the messages, the types of the
 * values and `maddpg envs ID`. Names are upstream's (snake_case), as they stand under env_options in YAML.
 */
import { didYouMean } from '../../core/nearest.ts';
import { EnvironmentError } from '../errors.ts';

interface Documented {
  /** One sentence. */
  readonly doc: string;
}

export interface BooleanOption extends Documented {
  readonly type: 'boolean';
  readonly default: boolean;
}

export interface NumberOption extends Documented {
  readonly type: 'integer' | 'number';
  /** null: the option may be left out, and `null` may be given for it. */
  readonly default: number | null;
  readonly min: number;
  readonly max: number;
}

export type Option = BooleanOption | NumberOption;
export type OptionTable = Readonly<Record<string, Option>>;

type ValueOf<O extends Option> = O extends BooleanOption
  ? boolean
  : O extends { readonly default: null }
    ? number | null
    : number;
/** The values that a table describes. */
export type OptionValues<T extends OptionTable> = { readonly [K in keyof T]: ValueOf<T[K]> };

/** The options that every scenario has. */
export const commonOptions = {
  max_cycles: {
    type: 'integer',
    default: 25,
    min: 1,
    max: 1e9,
    doc: 'Steps of an episode; the last one truncates it.',
  },
  continuous_actions: {
    type: 'boolean',
    default: false,
    doc: 'Whether actions are vectors of numbers in [0, 1] instead of one choice.',
  },
  dynamic_rescaling: {
    type: 'boolean',
    default: true,
    doc: 'Whether a picture scales the bodies with its view; nothing else depends on it.',
  },
  benchmark_data: {
    type: 'boolean',
    default: false,
    doc: "Whether each step's infos hold the scenario's benchmark_data.",
  },
} as const satisfies OptionTable;

/** What values an option takes, as a phrase: `an integer from 1 to 100`. */
export function rangeOf(option: Option): string {
  if (option.type === 'boolean') return 'true or false';
  const { min, max } = option;
  const range = max >= 1e9 ? `of at least ${min}` : `from ${min} to ${max}`;
  const number = option.type === 'integer' ? `an integer ${range}` : `a number ${range}`;
  return option.default === null ? `${number}, or null` : number;
}

function accepts(option: Option, value: unknown): boolean {
  if (option.type === 'boolean') return typeof value === 'boolean';
  if (value === null) return option.default === null;
  if (typeof value !== 'number' || !(value >= option.min && value <= option.max)) return false;
  return option.type === 'number' || Number.isInteger(value);
}

/**
 * The values of all options of the table, defaults where none are given.
 * @throws EnvironmentError `env_options.<key>: expected ..., got ...`
 */
export function readOptions<T extends OptionTable>(
  id: string,
  table: T,
  given: Readonly<Record<string, unknown>>,
): OptionValues<T> {
  for (const [key, value] of Object.entries(given)) {
    const option = Object.hasOwn(table, key) ? table[key] : undefined;
    if (option === undefined) {
      const names = Object.keys(table);
      throw new EnvironmentError(
        `env_options.${key}`,
        `an option of ${id} (${names.join(', ')})`,
        key,
        didYouMean(key, names),
      );
    }
    if (value !== undefined && !accepts(option, value))
      throw new EnvironmentError(`env_options.${key}`, rangeOf(option), value);
  }
  const values = Object.entries(table).map(([key, option]) => [key, given[key] ?? option.default]);
  // The loop above checked each value against its own row of the table, which is what the type says.
  return Object.fromEntries(values) as OptionValues<T>;
}
