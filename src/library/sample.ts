/**
 * The sample argument of update() and update_rnn(): nested arrays by transition (or episode and step) and agent, or flat ones.
 * Validated and copied straight into engine memory (learners/sample.ts).
 */
import { described } from '../core/described.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';
import type { SampleBatch } from '../learners/sample.ts';

/**
 * Per-agent numbers of B transitions: [B][N][width] (widths may differ between agents), [B][sum of widths], or flat in the
 * same order. For a width of 1, [B][N] and [B][N][1] are equivalent.
 */
export type AgentArrays<T = number> =
  ArrayLike<T> | ArrayLike<ArrayLike<T>> | ArrayLike<ArrayLike<ArrayLike<T>>>;

/** B transitions of N agents. */
export interface Sample {
  /** B. Inferred from the arrays if omitted. */
  readonly size?: number;
  /** [B][N][O_i] */
  readonly obs: AgentArrays;
  /** [B][N][A_i]; a discrete action has one number per choice, one-hot or relaxed. */
  readonly actions: AgentArrays;
  /** Next observations, before any reset, [B][N][O_i]. */
  readonly obs_next: AgentArrays;
  /** [B][N] */
  readonly rewards: AgentArrays;
  /** [B][N], 0 and 1 or booleans: true terminations, not time limits. */
  readonly terminals: AgentArrays<number | boolean>;
  /** [B][N], 0 and 1 or booleans: whether the agent was active. */
  readonly agent_mask: AgentArrays<number | boolean>;
  /** Discount of the bootstrap value, [B]: gamma^m for m-step rewards. Default gamma. */
  readonly discounts?: AgentArrays;
  /** Importance weights of prioritized replay, [B]. Default 1. */
  readonly weights?: AgentArrays;
  /** Which actions are allowed, [B][N][A_i], 0 and 1 or booleans; 1 for Box actions. Default all. */
  readonly action_mask?: AgentArrays<number | boolean>;
  /** The same on the next observation; required with action_mask. */
  readonly action_mask_next?: AgentArrays<number | boolean>;
}

const MASKS = ['actionMask', 'actionMaskNext'] as const;
type MaskName = (typeof MASKS)[number];

/** An array of the sample: its names in batch and sample, and its width per agent. */
interface Field {
  readonly array:
    | ('obs' | 'actions' | 'obsNext' | 'rewards' | 'terminals' | 'agentMask' | 'discounts' | 'weights')
    | MaskName;
  readonly name: string;
  readonly widths: readonly number[];
  readonly flags?: boolean;
  readonly optional?: boolean;
}

function fieldsOf({ agents }: JointSpec): Field[] {
  const obs = agents.map(({ obsWidth }) => obsWidth);
  const actions = agents.map(({ actWidth }) => actWidth);
  const one = agents.map(() => 1);
  return [
    { array: 'obs', name: 'obs', widths: obs },
    { array: 'actions', name: 'actions', widths: actions },
    { array: 'obsNext', name: 'obs_next', widths: obs },
    { array: 'rewards', name: 'rewards', widths: one },
    { array: 'terminals', name: 'terminals', widths: one, flags: true },
    { array: 'agentMask', name: 'agent_mask', widths: one, flags: true },
    { array: 'discounts', name: 'discounts', widths: [1], optional: true },
    { array: 'weights', name: 'weights', widths: [1], optional: true },
    { array: 'actionMask', name: 'action_mask', widths: actions, flags: true },
    { array: 'actionMaskNext', name: 'action_mask_next', widths: actions, flags: true },
  ];
}

/**
 * Copies a sample into the batch that `arraysFor(size, masked)` returns, masked if the sample has action masks. Throws
 * UserError if an array is missing, has the wrong size or contains anything but finite numbers.
 */
export function readSample(
  sample: unknown,
  spec: JointSpec,
  gamma: number,
  arraysFor: (size: number, masked: boolean) => SampleBatch,
): SampleBatch {
  if (typeof sample !== 'object' || sample === null)
    throw new UserError(`expected a sample such as { obs, actions, ... }, got ${described(sample)}`);
  const given = fieldsOf(spec).map((field) => ({ ...field, value: valueOf(sample, field) }));
  const isMask = ({ array }: Field): boolean => MASKS.some((name) => name === array);
  const masked = given.some((field) => isMask(field) && field.value !== undefined);
  const fields = given.filter((field) => masked || !isMask(field));
  const size = sizeOf(sample, fields);
  const batch = arraysFor(size, masked);
  for (const { array, name, widths, flags, optional, value } of fields) {
    const out = batch[array];
    if (optional && value === undefined) out?.fill(array === 'discounts' ? gamma : 1);
    else if (out) readArray(value, size, out, { name, widths, flags });
    else
      throw new UserError(
        `${name}: expected none with replay uniform, got ${described(value)}; set config.replay to prioritized`,
      );
  }
  for (const array of masked ? MASKS : [])
    requireAllowed(
      fields.find((field) => field.array === array)!,
      batch[array]!,
    );
  return batch;
}

/** Throws UserError unless every agent has an allowed action in every row. */
export function requireAllowed({ name, widths, row = 'transition' }: Columns, mask: Float32Array): void {
  for (let at = 0, b = 0; at < mask.length; b++)
    for (const [agent, width] of widths.entries()) {
      if (!mask.subarray(at, at + width).includes(1))
        throw new UserError(
          `${name}: expected at least one allowed action, got none (${row} ${b}, agent ${agent})`,
        );
      at += width;
    }
}

/** The field's value, under its XuanCe or camelCase name. */
function valueOf(sample: object, { name, array }: Field): unknown {
  const given = sample as Readonly<Record<string, unknown>>;
  const value = given[name] ?? undefined;
  const camel = name === array ? undefined : (given[array] ?? undefined);
  if (value !== undefined && camel !== undefined)
    throw new UserError(`expected one of ${name} and ${array}, got both`);
  return value ?? camel;
}

/** B: `size`, or the most common size, so that messages blame the odd one out. */
function sizeOf(sample: object, fields: readonly (Field & { readonly value: unknown })[]): number {
  const { size } = sample as { size?: unknown };
  if (size !== undefined) {
    if (!Number.isSafeInteger(size) || (size as number) < 1)
      throw new UserError(`size: expected an integer >= 1, got ${described(size)}`);
    return size as number;
  }
  const votes = new Map<number, number>();
  for (const { value, widths } of fields) {
    if (!isArray(value)) continue;
    const said = isFlat(value) ? value.length / total(widths) : value.length;
    if (Number.isInteger(said) && said > 0) votes.set(said, (votes.get(said) ?? 0) + 1);
  }
  const [most] = [...votes].toSorted(([, a], [, b]) => b - a);
  if (most) return most[0];
  const { name, widths, value } = fields[0]!;
  const got = isArray(value) ? value.length : described(value);
  throw new UserError(`${name}: expected B x ${total(widths)} numbers, got ${got}`);
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0);
}

export function isArray(value: unknown): value is ArrayLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { length?: unknown }).length === 'number'
  );
}

function isFlat(array: ArrayLike<unknown>): boolean {
  return !isArray(array[0]);
}

/** Expected columns of an array. */
type Columns = Pick<Field, 'name' | 'widths'> & {
  readonly flags?: boolean | undefined;
  /** What a row is. Default transition. */
  readonly row?: string;
};

/** Copies an array of any form into `out` [B, sum of widths]. Throws UserError if its shape or an element is invalid. */
export function readArray(value: unknown, size: number, out: Float32Array, columns: Columns): void {
  const { name, widths, row: kind = 'transition' } = columns;
  if (!isArray(value)) throw missing(name, described(value), size, out.length);
  let at = 0;
  const write = (numbers: ArrayLike<unknown>): void => {
    for (let k = 0; k < numbers.length; k++, at++) {
      const x = toFloat(numbers[k], columns.flags);
      out[at] = x;
      if (!Number.isFinite(out[at])) throw invalid(numbers[k], at, columns);
    }
  };
  if (isFlat(value)) {
    if (value.length !== out.length) throw missing(name, value.length, size, out.length);
    write(value);
    return;
  }
  requireCount(name, value, size, `${kind}s`);
  for (let b = 0; b < size; b++) {
    const row = value[b];
    const where = `${name}[${b}]`;
    if (isArray(row) && !isFlat(row)) {
      requireCount(where, row, widths.length, 'agents');
      widths.forEach((width, i) => {
        write(requireCount(`${where}[${i}]`, row[i], width, 'numbers'));
      });
    } else write(requireCount(where, row, total(widths), 'numbers'));
  }
}

/** As readArray() of each of B episodes into `out` [B, slots, sum of widths]. */
export function readSequences(value: unknown, size: number, out: Float32Array, columns: Columns): void {
  const { name } = columns;
  const episodes = requireCount(name, value, size, 'episodes');
  const length = out.length / size;
  const slots = length / total(columns.widths);
  for (let b = 0; b < size; b++)
    readArray(episodes[b], slots, out.subarray(b * length, (b + 1) * length), {
      ...columns,
      ...{ name: `${name}[${b}]`, row: 'slot' },
    });
}

function missing(name: string, got: string | number, size: number, length: number): UserError {
  return new UserError(`${name}: expected ${size} x ${length / size} numbers, got ${got}`);
}

function requireCount(where: string, value: unknown, count: number, what: string): ArrayLike<unknown> {
  if (isArray(value) && value.length === count) return value;
  const got = isArray(value) ? value.length : described(value);
  throw new UserError(`${where}: expected ${count} ${what}, got ${got}`);
}

/** NaN if x is not a number, or not a flag. */
function toFloat(x: unknown, flags = false): number {
  if (!flags) return typeof x === 'number' ? x : NaN;
  return x === 1 || x === true ? 1 : x === 0 || x === false ? 0 : NaN;
}

/** Fault of the element at index `at` of [B, sum of widths]. */
function invalid(x: unknown, at: number, { name, widths, flags, row = 'transition' }: Columns): UserError {
  const columns = total(widths);
  let column = at % columns;
  const agent = widths.findIndex((width) => (column -= width) < 0);
  const place = `${row} ${Math.floor(at / columns)}${widths.length > 1 ? `, agent ${agent}` : ''}`;
  const expected = flags ? '0, 1, false or true' : 'finite numbers';
  return new UserError(`${name}: expected ${expected}, got ${described(x)} (${place})`);
}
