/**
 * CustomEnvironment: the interface of a user-defined environment, and its agents as read from its spaces. Every
 * ParallelEnv satisfies it. Faults go to a `Report`: training stops at the first, the checker collects them.
 */
import { jointSpec, teamOf, type JointSpec } from '../../core/joint-spec.ts';
import type { Shape } from '../drawing.ts';
import type { ParallelEnv } from '../parallel-env.ts';
import { widthOf, type Box, type Space } from '../spaces.ts';

/** ParallelEnv without what is specific to the particle worlds, plus optional snapshots and close(). */
export interface CustomEnvironment extends Omit<ParallelEnv, 'state' | 'setCurriculumStage'> {
  /** The complete state as bytes. With restore(), a resumed run continues bit for bit. */
  snapshot?(): Uint8Array;
  restore?(bytes: Uint8Array): void;
  /** What the environment looks like, as shapes in world coordinates, for `maddpg replay`. */
  render?(): readonly Shape[];
  /** Releases files, processes and the like. */
  close?(): void;
}

/** The default export of an environment module. */
export type MakeEnvironment = (options: Record<string, unknown>) => CustomEnvironment;

/** Receives a fault, `<where>: expected <expected>, got <got>; <hint>`. May throw it. */
export type Report = (where: string, expected: string, got: unknown, hint?: string) => void;

/** An agent and its spaces. */
export interface AgentSpaces {
  readonly name: string;
  readonly observation: Box;
  readonly action: Space;
}

const METHODS = ['observationSpace', 'actionSpace', 'reset', 'step'] as const;

/** The agents of an environment in `possibleAgents` order; undefined if a fault was reported. */
export function readAgents(env: unknown, report: Report): AgentSpaces[] | undefined {
  if (!isEnvironment(env, report)) return undefined;
  const { possibleAgents } = env;
  const names = [...possibleAgents].filter((name) => typeof name === 'string' && name !== '');
  if (names.length === 0 || names.length !== possibleAgents.length) {
    report('possibleAgents', 'a non-empty array of names', possibleAgents);
    return undefined;
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    report('possibleAgents', 'unique names', `${twice} twice`);
    return undefined;
  }
  const agents = names.map((name) => spacesOf(env, name, report));
  return agents.some((agent) => agent === undefined) ? undefined : (agents as AgentSpaces[]);
}

function isEnvironment(env: unknown, report: Report): env is CustomEnvironment {
  if (isPromise(env)) {
    report(
      'environment',
      'an object',
      'a Promise',
      'return it synchronously, and await slow work at the top level of the module',
    );
    return false;
  }
  if (typeof env !== 'object' || env === null) {
    report('environment', 'an object', env);
    return false;
  }
  const given = env as Partial<Record<string, unknown>>;
  const missing = METHODS.filter((method) => typeof given[method] !== 'function');
  for (const method of missing) report(`environment.${method}`, 'a method', given[method]);
  if (typeof given['name'] !== 'string') report('environment.name', 'a string', given['name']);
  const unlisted = ['possibleAgents', 'agents'].filter((list) => !Array.isArray(given[list]));
  for (const list of unlisted) report(`environment.${list}`, 'an array of names', given[list]);
  if ((given['snapshot'] === undefined) !== (given['restore'] === undefined))
    report('environment', 'both snapshot() and restore(), or neither', 'only one');
  return missing.length === 0 && unlisted.length === 0;
}

/** Whether an async function returned a Promise where a value is required. */
export function isPromise(value: unknown): boolean {
  if (!(value instanceof Promise)) return false;
  // The caller reports it; a later rejection must not end the process with a stack trace.
  value.catch(() => undefined);
  return true;
}

function spacesOf(env: CustomEnvironment, name: string, report: Report): AgentSpaces | undefined {
  const observation: unknown = env.observationSpace(name);
  const action: unknown = env.actionSpace(name);
  if (!isBox(observation) || !(observation.low < observation.high)) {
    const example = "{ kind: 'box', shape: [4], low: -1, high: 1 }";
    report(`observationSpace('${name}')`, `a box such as ${example}`, described(observation));
    return undefined;
  }
  if (
    !isDiscrete(action) &&
    !(isBox(action) && action.high - action.low < Infinity && action.low < action.high)
  ) {
    const examples =
      "{ kind: 'box', shape: [2], low: 0, high: 1 } with finite bounds or { kind: 'discrete', n: 5 }";
    report(`actionSpace('${name}')`, examples, described(action));
    return undefined;
  }
  return { name, observation, action };
}

function isBox(space: unknown): space is Box {
  const { kind, shape, low, high } = (space ?? {}) as Partial<Record<keyof Box, unknown>>;
  const [width, ...rest] = Array.isArray(shape) ? (shape as unknown[]) : [];
  if (kind !== 'box' || rest.length > 0 || typeof low !== 'number' || typeof high !== 'number') return false;
  return Number.isSafeInteger(width) && (width as number) > 0;
}

function isDiscrete(space: unknown): space is Space {
  const { kind, n } = (space ?? {}) as { kind?: unknown; n?: unknown };
  return kind === 'discrete' && Number.isSafeInteger(n) && (n as number) > 0;
}

/** A space for a message: `{ kind: box, shape: [2], low: 0, high: 1 }`. */
function described(space: unknown): unknown {
  if (typeof space !== 'object' || space === null) return space;
  const fields = Object.entries(space).map(
    ([key, value]) => `${key}: ${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`,
  );
  return `{ ${fields.join(', ')} }`;
}

export function specOf(agents: readonly AgentSpaces[]): JointSpec {
  return jointSpec(
    agents.map(({ name, observation, action }) => ({
      name,
      team: teamOf(name),
      obsWidth: widthOf(observation),
      actWidth: widthOf(action),
      actionKind: action.kind,
      actionLow: action.kind === 'box' ? action.low : 0,
      actionHigh: action.kind === 'box' ? action.high : 1,
    })),
  );
}
