/**
 * CustomEnvironment: what somebody's own environment has to offer, and what its spaces say about its agents.
 * Every ParallelEnv is one. Faults go to a `Report`: training stops at the first, the checker collects them.
 */
import { jointSpec, teamOf, type JointSpec } from '../../core/joint-spec.ts';
import type { ParallelEnv } from '../parallel-env.ts';
import { widthOf, type Box, type Space } from '../spaces.ts';

/** ParallelEnv without what only the particle worlds have, and with what an environment may have besides. */
export interface CustomEnvironment extends Omit<ParallelEnv, 'state' | 'setCurriculumStage'> {
  /** Everything that the future depends on, as bytes. With restore(), a resumed run goes on bit for bit. */
  snapshot?(): Uint8Array;
  restore?(bytes: Uint8Array): void;
  /** Lets go of what the environment holds: files, processes. */
  close?(): void;
}

/** The default export of an environment's module. */
export type MakeEnvironment = (options: Record<string, unknown>) => CustomEnvironment;

/** Takes a fault: `<where>: expected <expected>, got <got>; <hint>`. May throw it. */
export type Report = (where: string, expected: string, got: unknown, hint?: string) => void;

/** An agent as its spaces describe it. */
export interface AgentSpaces {
  readonly name: string;
  readonly observation: Box;
  readonly action: Space;
}

const METHODS = ['observationSpace', 'actionSpace', 'reset', 'step'] as const;

/** The agents of an environment in their fixed order; undefined where a fault was reported. */
export function readAgents(env: unknown, report: Report): AgentSpaces[] | undefined {
  if (!isEnvironment(env, report)) return undefined;
  const { possibleAgents } = env;
  const names = [...possibleAgents].filter((name) => typeof name === 'string' && name !== '');
  if (names.length === 0 || names.length !== possibleAgents.length) {
    report('possibleAgents', 'a list of names, at least one', possibleAgents);
    return undefined;
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    report('possibleAgents', 'every name once', `${twice} twice`);
    return undefined;
  }
  const agents = names.map((name) => spacesOf(env, name, report));
  return agents.some((agent) => agent === undefined) ? undefined : (agents as AgentSpaces[]);
}

function isEnvironment(env: unknown, report: Report): env is CustomEnvironment {
  if (isPromise(env)) {
    report('environment', 'an object', 'a Promise', 'do what takes time with await at the top of the module');
    return false;
  }
  if (typeof env !== 'object' || env === null) {
    report('environment', 'an object', env);
    return false;
  }
  const given = env as Partial<Record<string, unknown>>;
  const missing = METHODS.filter((method) => typeof given[method] !== 'function');
  for (const method of missing) report(`environment.${method}`, 'a method', given[method]);
  if (typeof given['name'] !== 'string') report('environment.name', 'a text', given['name']);
  const unlisted = ['possibleAgents', 'agents'].filter((list) => !Array.isArray(given[list]));
  for (const list of unlisted) report(`environment.${list}`, 'a list of names', given[list]);
  if ((given['snapshot'] === undefined) !== (given['restore'] === undefined))
    report('environment', 'both snapshot() and restore(), or neither', 'one of them');
  return missing.length === 0 && unlisted.length === 0;
}

/** Whether somebody's async function gave a Promise where a value has to be at once. */
export function isPromise(value: unknown): boolean {
  if (!(value instanceof Promise)) return false;
  // It is refused as a Promise; that it is rejected later must not end the process with a stack trace.
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

/** A space as a message shows it. */
function described(space: unknown): unknown {
  if (typeof space !== 'object' || space === null) return space;
  const fields = Object.entries(space).map(
    ([key, value]) => `${key}: ${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`,
  );
  return `{ ${fields.join(', ')} }`;
}

/** The joint spec of these agents. */
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
