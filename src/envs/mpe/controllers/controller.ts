/**
 * Controller: a hand-written policy that acts for all agents. It is a reference point for trained policies and not used
 * in training. scripted.ts lists the controllers.
 */
import type { AgentSpec, JointSpec } from '../../../core/joint-spec.ts';
import { MOVES } from '../actions.ts';

export type Point = readonly [x: number, y: number];

/** Writes the joint action [SA] for the joint observation [SO] of one environment. */
export type Controller = (obs: Float32Array, actions: Float32Array) => void;

/** Creates a controller for an environment with these options, without neighbour limits. */
export type ControllerFactory = (spec: JointSpec, options: Readonly<Record<string, unknown>>) => Controller;

// Without force an agent coasts by 0.4 times its velocity: 0.1 per step, of which 3/4 remain. LOOKAHEAD and GAIN were
// tuned on simple_spread.
const LOOKAHEAD = 0.3;
const GAIN = 4;

/** PD controller: writes the move that brings agent i to rest at the relative position (x, y), given its velocity. */
export function steer(
  spec: JointSpec,
  i: number,
  [x, y]: readonly [number, number],
  [vx, vy]: readonly [number, number],
  actions: Float32Array,
): void {
  push(spec, i, GAIN * (x - LOOKAHEAD * vx), GAIN * (y - LOOKAHEAD * vy), actions);
}

/** Writes agent i's move for a force (fx, fy), in units of its full force per axis. */
export function push(spec: JointSpec, i: number, fx: number, fy: number, actions: Float32Array): void {
  const at = spec.actOffsets[i]!;
  const { actionKind, actWidth } = spec.agents[i]!;
  if (actionKind === 'box') {
    actions[at] = 0;
    actions[at + 1] = clipped(-fx);
    actions[at + 2] = clipped(fx);
    actions[at + 3] = clipped(-fy);
    actions[at + 4] = clipped(fy);
    return;
  }
  actions.fill(0, at, at + actWidth);
  actions[at + moveFor(fx, fy)] = 1;
}

/** The discrete move along the axis of the larger force; none if both are small. */
function moveFor(fx: number, fy: number): number {
  if (Math.max(Math.abs(fx), Math.abs(fy)) < 0.5) return 0;
  if (Math.abs(fx) > Math.abs(fy)) return fx < 0 ? 1 : 2;
  return fy < 0 ? 3 : 4;
}

/** Writes message k of agent i. If the agent also moves, call this after steer(). */
export function say(spec: JointSpec, i: number, k: number, moves: boolean, actions: Float32Array): void {
  const at = spec.actOffsets[i]!;
  const { actionKind, actWidth } = spec.agents[i]!;
  if (actionKind === 'box') {
    const first = moves ? MOVES : 0;
    actions.fill(0, at + first, at + actWidth);
    actions[at + first + k] = 1;
    return;
  }
  const move = moves ? actions.subarray(at, at + MOVES).indexOf(1) : 0;
  actions.fill(0, at, at + actWidth);
  actions[at + k * (moves ? MOVES : 1) + move] = 1;
}

/** Columns c and c + 1 of agent i's observation. */
export function pair(spec: JointSpec, obs: Float32Array, i: number, c: number): [number, number] {
  const at = spec.obsOffsets[i]! + c;
  return [obs[at]!, obs[at + 1]!];
}

/** The `count` pairs from column c of agent i's observation. */
export function pairs(spec: JointSpec, obs: Float32Array, i: number, c: number, count: number): Point[] {
  return Array.from({ length: count }, (_, k) => pair(spec, obs, i, c + 2 * k));
}

export function distance([ax, ay]: Point, [bx, by]: Point): number {
  return Math.sqrt((ax - bx) * (ax - bx) + (ay - by) * (ay - by));
}

/** The item of least cost, the first of equals; undefined if there are none. */
export function cheapest<T>(items: readonly T[], cost: (item: T) => number): T | undefined {
  let [best, least]: [T | undefined, number] = [undefined, Infinity];
  for (const item of items) {
    const value = cost(item);
    if (value < least) [best, least] = [item, value];
  }
  return best;
}

/** Argmax of columns c .. c + n - 1 of agent i's observation. */
export function largest(spec: JointSpec, obs: Float32Array, i: number, c: number, n: number): number {
  const at = spec.obsOffsets[i]! + c;
  const values = obs.subarray(at, at + n);
  return values.indexOf(Math.max(...values));
}

/** Indices of a team's agents. */
export function team(spec: JointSpec, name: AgentSpec['team']): number[] {
  return spec.agents.flatMap((agent, i) => (agent.team === name ? [i] : []));
}

function clipped(x: number): number {
  return Math.max(0, Math.min(1, x));
}
