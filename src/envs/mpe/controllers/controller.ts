/**
 * Controller: a policy written by hand, which sees what all agents see and acts for all of them. It makes
 * visible how far a trained policy can hope to get; it is no part of training. One file a scenario that has
 * one; scripted.ts lists them.
 */
import type { AgentSpec, JointSpec } from '../../../core/joint-spec.ts';

/** Writes the joint action [SA] for a joint observation [SO] of one environment. */
export type Controller = (obs: Float32Array, actions: Float32Array) => void;

/** A controller for the agents of an environment whose observations have their usual layout. */
export type ControllerFactory = (spec: JointSpec) => Controller;

const MOVES = 5;
// An agent that stops steering coasts on by 0.4 of its velocity (0.1 a step, of which 3/4 stay). Both numbers
// were tuned on simple_spread.
const LOOKAHEAD = 0.3;
const GAIN = 4;

/**
 * Writes the movement that brings agent i to rest at (x, y) from where it is; (vx, vy) is its velocity. A
 * proportional-derivative controller: full force where the way is long, less and less near the end.
 */
export function steer(
  spec: JointSpec,
  i: number,
  [x, y]: readonly [number, number],
  [vx, vy]: readonly [number, number],
  actions: Float32Array,
): void {
  push(spec, i, GAIN * (x - LOOKAHEAD * vx), GAIN * (y - LOOKAHEAD * vy), actions);
}

/** Writes the movement of agent i for a force (fx, fy), 1 being the most it has along each axis. */
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

/** The movement along the axis of the larger force; none where both are small. */
function moveFor(fx: number, fy: number): number {
  if (Math.max(Math.abs(fx), Math.abs(fy)) < 0.5) return 0;
  if (Math.abs(fx) > Math.abs(fy)) return fx < 0 ? 1 : 2;
  return fy < 0 ? 3 : 4;
}

/** Writes agent i's message: the k-th of those that it can send. Call it after steer() where the agent moves too. */
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

/** Two numbers of agent i's observation, from its column c. */
export function pair(spec: JointSpec, obs: Float32Array, i: number, c: number): [number, number] {
  const at = spec.obsOffsets[i]! + c;
  return [obs[at]!, obs[at + 1]!];
}

/** Index of the largest of the n numbers of agent i's observation from its column c. */
export function largest(spec: JointSpec, obs: Float32Array, i: number, c: number, n: number): number {
  const at = spec.obsOffsets[i]! + c;
  const values = obs.subarray(at, at + n);
  return values.indexOf(Math.max(...values));
}

/** The agents of a team, by index. */
export function team(spec: JointSpec, name: AgentSpec['team']): number[] {
  return spec.agents.flatMap((agent, i) => (agent.team === name ? [i] : []));
}

function clipped(x: number): number {
  return Math.max(0, Math.min(1, x));
}
