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
export function announcement({ checkpoint, step, config, spec }: LoadedPolicy): Json {
  return {
    ...{ maddpg: VERSION, checkpoint, step, env_id: config.env_id, sub_policies: config.ensemble_size },
    agents: spacesOf({ joint: spec.agents }),
  };
}

/** The answer to a line: `{"actions": ...}`, or `{"error": ...}` if it cannot be answered. Never throws a UserError. */
export function answer(policy: LoadedPolicy, line: string): Json {
  let id: Json = {};
  try {
    const request = parsed(line);
    id = idOf(request);
    return { ...id, actions: actionsFor(policy, request) };
  } catch (error) {
    if (error instanceof UserError) return { ...id, error: error.faults[0] };
    throw error;
  }
}

const FIELDS = ['id', 'observations', 'action_masks', 'sub_policy'];

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

/** Actions by agent: of one observation each, or a list of the same length for all. */
function actionsFor(policy: LoadedPolicy, request: Json): Json {
  const { observations, action_masks: masks = {}, sub_policy: subPolicy = 0 } = request;
  if (!isObject(observations)) throw fault('observations', 'an object by agent', described(observations));
  if (!isObject(masks)) throw fault('action_masks', 'an object by agent', described(masks));
  const names = Object.keys(observations);
  const unobserved = Object.keys(masks).find((name) => !names.includes(name));
  if (unobserved !== undefined) throw fault('action_masks', 'agents that observe', shortened(unobserved));
  if (typeof subPolicy !== 'number' && !isObject(subPolicy))
    throw fault('sub_policy', 'a number, or an object by group', described(subPolicy));
  const act = (own: Row<unknown>, ownMasks: Row<unknown>): Row<number | number[]> =>
    acted(policy, own, {
      subPolicy: subPolicy as number | Row<number>,
      actionMasks: ownMasks as Row<ActionMaskValues>,
    });

  const count = batchOf(observations);
  if (count === undefined) return act(observations, masks);
  requireRows('action_masks', masks, count);
  const answers = Array.from({ length: count }, (_, row) => act(rowOf(observations, row), rowOf(masks, row)));
  return Object.fromEntries(names.map((name) => [name, answers.map((answer) => answer[name])]));
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
      throw fault(`${where}.${name}`, `${count} lists, as many as of the first agent`, described(rows));
  }
}

function rowOf(values: Row<unknown>, row: number): Row<unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, rows]) => [name, (rows as unknown[])[row]]));
}

/** Greedy actions of the agents that observe. The others, which no action depends on, see zeros. */
function acted(policy: LoadedPolicy, own: Row<unknown>, options: ActOptions): Row<number | number[]> {
  const { agents } = policy.spec;
  const unknown = Object.keys(own).find((name) => !agents.some((agent) => agent.name === name));
  if (unknown !== undefined)
    throw fault('observations', `agents of ${agents.map(({ name }) => name).join(', ')}`, shortened(unknown));
  const observations = agents.map(({ name, obsWidth }) => {
    const given = Object.hasOwn(own, name);
    return [name, given ? numbers(`observations.${name}`, own[name]) : new Float32Array(obsWidth)] as const;
  });
  const actions = policy.act(Object.fromEntries(observations), options);
  return Object.fromEntries(
    Object.keys(own).map((name) => {
      const action = actions[name]!;
      return [name, typeof action === 'number' ? action : [...action]];
    }),
  );
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
