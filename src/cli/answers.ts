/** What `maddpg serve` says: what it serves, and the answer to one line. docs/serve.md describes both. */
import type { ActionMaskValues } from '../core/action-mask.ts';
import { described, shortened } from '../core/described.ts';
import { oneLine } from '../core/one-line.ts';
import { UserError } from '../core/user-error.ts';
import { spacesOf } from '../export/policy-json.ts';
import type { ActOptions, LoadedPolicy } from '../run/load-policy.ts';
import { VERSION } from '../version.ts';

type Json = Readonly<Record<string, unknown>>;

/** The first line. */
export function announcement({ checkpoint, step, config, policy }: LoadedPolicy): Json {
  return {
    ...{ maddpg: VERSION, checkpoint, step, env_id: config.env_id, sub_policies: config.ensemble_size },
    agents: spacesOf(policy),
  };
}

/** The answer to a line: `{"actions": ...}`, or `{"error": ...}` if it cannot be answered. Never throws a UserError. */
export function answer(policy: LoadedPolicy, line: string): Json {
  let id: Json = {};
  try {
    const request = parsed(line);
    id = idOf(request);
    return { ...id, ...answerFor(policy, request) };
  } catch (error) {
    if (error instanceof UserError) return { ...id, error: error.faults[0] };
    throw error;
  }
}

const FIELDS = ['id', 'observations', 'states', 'action_masks', 'sub_policy'];

function parsed(line: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw fault('request', 'a line of JSON', line === '' ? 'an empty one' : shortened(line, 40));
  }
  if (!isObject(value)) throw fault('request', 'an object', described(value));
  const unknown = Object.keys(value).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) throw fault('request', `fields of ${FIELDS.join(', ')}`, shortened(unknown));
  return value;
}

function idOf({ id }: Json): Json {
  if (id === undefined) return {};
  if (typeof id === 'string' || typeof id === 'number') return { id };
  throw fault('id', 'a string or a number', described(id));
}

/** One observation and mask per agent. */
type Row<T> = Readonly<Record<string, T>>;

/** Of each agent: its action, and the state of a recurrent one. */
interface Acted {
  readonly actions: Row<number | number[]>;
  readonly states: Row<number[]>;
}

/** Actions and states by agent: for one observation each, or a list of the same length for all. */
function answerFor(policy: LoadedPolicy, request: Json): Json {
  const { observations, states = {}, action_masks: masks = {}, sub_policy: subPolicy = 0 } = request;
  if (!isObject(observations)) throw fault('observations', 'an object by agent', described(observations));
  const names = Object.keys(observations);
  requireOf('states', states, names);
  requireOf('action_masks', masks, names);
  if (typeof subPolicy !== 'number' && !isObject(subPolicy))
    throw fault('sub_policy', 'a number, or an object by group', described(subPolicy));
  const act = (own: Row<unknown>, ownStates: Row<unknown>, ownMasks: Row<unknown>): Acted =>
    acted(policy, own, ownStates, {
      subPolicy: subPolicy as number | Row<number>,
      actionMasks: ownMasks as Row<ActionMaskValues>,
    });
  const answered = ({ actions, states: next }: Readonly<Record<keyof Acted, Json>>): Json => ({
    actions,
    ...(policy.policy.options.recurrent && { states: next }),
  });

  const count = batchOf(observations);
  if (count === undefined) return answered(act(observations, states, masks));
  requireRows('states', states, count);
  requireRows('action_masks', masks, count);
  const answers = Array.from({ length: count }, (_, row) =>
    act(rowOf(observations, row), rowOf(states, row), rowOf(masks, row)),
  );
  const listed = (field: keyof Acted): Json =>
    Object.fromEntries(names.map((name) => [name, answers.map((answer) => answer[field][name])]));
  return answered({ actions: listed('actions'), states: listed('states') });
}

/** Throws UserError unless `values` is an object by some of these agents. */
function requireOf(where: string, values: unknown, names: readonly string[]): asserts values is Json {
  if (!isObject(values)) throw fault(where, 'an object by agent', described(values));
  const unobserved = Object.keys(values).find((name) => !names.includes(name));
  if (unobserved !== undefined) throw fault(where, 'agents that observe', shortened(unobserved));
}

/** Rows of a batch; undefined if every agent has one observation. */
function batchOf(observations: Row<unknown>): number | undefined {
  const first = Object.values(observations)[0];
  if (!Array.isArray(first) || !Array.isArray(first[0])) return undefined;
  requireRows('observations', observations, first.length);
  return first.length;
}

function requireRows(where: string, values: Row<unknown>, count: number): void {
  for (const [name, rows] of Object.entries(values)) {
    const fits = Array.isArray(rows) && rows.length === count && rows.every(Array.isArray);
    if (!fits)
      throw fault(`${where}.${name}`, `${count} lists, as many as for the first agent`, described(rows));
  }
}

function rowOf(values: Row<unknown>, row: number): Row<unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, rows]) => [name, (rows as unknown[])[row]]));
}

/** What the agents that observe do. The others, which no answer depends on, see zeros. */
function acted(policy: LoadedPolicy, own: Row<unknown>, states: Row<unknown>, options: ActOptions): Acted {
  const { agents } = policy.spec;
  const unknown = Object.keys(own).find((name) => !agents.some((agent) => agent.name === name));
  if (unknown !== undefined)
    throw fault('observations', `agents of ${agents.map(({ name }) => name).join(', ')}`, shortened(unknown));
  const observations = agents.map(({ name, obsWidth }) => {
    const given = Object.hasOwn(own, name);
    return [name, given ? numbers(`observations.${name}`, own[name]) : new Float32Array(obsWidth)] as const;
  });
  const observing = agents.flatMap(({ name }, i) => (Object.hasOwn(own, name) ? [{ name, i }] : []));
  const state = policy.initialState();
  const remembered = (i: number): Float32Array[] => policy.policy.remembered(state, i);
  for (const { name, i } of observing)
    remember(remembered(i), `states.${name}`, Object.hasOwn(states, name) ? states[name] : undefined);
  const actions = policy.act(Object.fromEntries(observations), { ...options, state });
  const byAgent = <T>(of: (name: string, i: number) => T): Row<T> =>
    Object.fromEntries(observing.map(({ name, i }) => [name, of(name, i)]));
  return {
    actions: byAgent((name) => {
      const action = actions[name]!;
      return typeof action === 'number' ? action : [...action];
    }),
    states: byAgent((_, i) => remembered(i).flatMap((part) => [...part])),
  };
}

/** Takes over the state that a request gives an agent. */
function remember(parts: readonly Float32Array[], where: string, given: unknown): void {
  const width = parts.reduce((sum, part) => sum + part.length, 0);
  if (width === 0) {
    if (given === undefined) return;
    throw fault(where, 'none, as this policy is not recurrent', described(given));
  }
  const state = given === undefined ? undefined : numbers(where, given);
  if (state?.length !== width)
    throw fault(where, `${width} numbers, zeros where an episode begins`, String(state?.length ?? 'none'));
  let from = 0;
  for (const part of parts) {
    part.set(state.subarray(from, from + part.length));
    from += part.length;
  }
}

function numbers(where: string, value: unknown): Float32Array {
  if (!Array.isArray(value)) throw fault(where, 'a list of numbers', described(value));
  const row = Float32Array.from(value, (x) => (typeof x === 'number' ? x : NaN));
  const bad = row.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) throw fault(`${where}[${bad}]`, 'a number that float32 holds', described(value[bad]));
  return row;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fault(where: string, expected: string, got: string): UserError {
  return new UserError(oneLine(`${where}: expected ${expected}, got ${got}`));
}
