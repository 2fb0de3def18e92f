/**
 * Options of a scenario: one table per scenario defines the checks, messages, value types and the list in
 * `maddpg envs ID`. Names are MPE2's (snake_case), as under env_options in YAML.
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
  /** null: the option is off by default, and null is a valid value. */
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
/** The values of a table's options. */
export type OptionValues<T extends OptionTable> = { readonly [K in keyof T]: ValueOf<T[K]> };

/** The options of every scenario. */
export const commonOptions = {
  max_cycles: {
    type: 'integer',
    default: 25,
    min: 1,
    max: 1e9,
    doc: 'Steps per episode; the last one truncates it.',
  },
  continuous_actions: {
    type: 'boolean',
    default: false,
    doc: 'Vectors of numbers in [0, 1] as actions instead of one discrete choice.',
  },
  dynamic_rescaling: {
    type: 'boolean',
    default: true,
    doc: 'Scale bodies with the view when rendering; has no effect here.',
  },
  benchmark_data: {
    type: 'boolean',
    default: false,
    doc: "Put the scenario's benchmark_data into every step's infos.",
  },
  hide_velocity: {
    type: 'boolean',
    default: false,
    doc: "Observe 0 in place of every velocity, one's own and others'; ours, as MPE2 lacks it. Only a policy with memory can make up for it.",
  },
} as const satisfies OptionTable;

/** The values an option accepts, as a phrase: `an integer from 1 to 100`. */
export function rangeOf(option: Option): string {
  if (option.type === 'boolean') return 'true or false';
  const { min, max } = option;
  const number = `${option.type === 'integer' ? 'an integer' : 'a number'} from ${min} to ${max}`;
  return option.default === null ? `${number}, or null` : number;
}

function accepts(option: Option, value: unknown): boolean {
  if (option.type === 'boolean') return typeof value === 'boolean';
  if (value === null) return option.default === null;
  if (typeof value !== 'number' || !(value >= option.min && value <= option.max)) return false;
  return option.type === 'number' || Number.isInteger(value);
}

/**
 * Checks the given options and fills in defaults.
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
  // The loop above checked each value against its row of the table.
  return Object.fromEntries(values) as OptionValues<T>;
}
