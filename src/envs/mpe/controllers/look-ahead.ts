/**
 * Looking ahead: an agent tries each of its moves in a model of its own motion, as if it held it for a few steps, and
 * makes the one that costs least. Contacts are left out of the model.
 */
import type { JointSpec } from '../../../core/joint-spec.ts';
import { KEPT_VELOCITY, TIME_STEP } from '../world.ts';
import { push, type Point } from './controller.ts';

/** Steps ahead. */
const STEPS = 3;

/** Own motion, with positions in any frame at rest. */
export interface Motion {
  readonly position: Point;
  readonly velocity: Point;
  /** Acceleration of a full-strength move, per axis. */
  readonly accel: number;
  readonly maxSpeed: number;
}

/** Cost of being at a point in `step` steps. Not asked for step 1, which is out of reach: forces change velocities first. */
export type Cost = (at: Point, step: number) => number;

const STRENGTHS = [0, -0.5, 0.5, -1, 1];
const BOX_MOVES = STRENGTHS.flatMap((fx) => STRENGTHS.map((fy): Point => [fx, fy]));
const DISCRETE_MOVES: readonly Point[] = [
  [0, 0],
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
];

/** Writes agent i's move of least cost, summed over the steps; of equals the first, which is rest. */
export function lookAhead(
  spec: JointSpec,
  i: number,
  motion: Motion,
  cost: Cost,
  actions: Float32Array,
): void {
  let best: Point = [0, 0];
  let least = Infinity;
  for (const move of spec.agents[i]!.actionKind === 'box' ? BOX_MOVES : DISCRETE_MOVES) {
    const sum = costOf(move, motion, cost);
    if (sum < least) [best, least] = [move, sum];
  }
  push(spec, i, best[0], best[1], actions);
}

function costOf([fx, fy]: Point, { position, velocity, accel, maxSpeed }: Motion, cost: Cost): number {
  let at = later(position, velocity, 1);
  let [vx, vy] = velocity;
  let sum = 0;
  for (let step = 2; step <= STEPS; step++) {
    vx = KEPT_VELOCITY * vx + TIME_STEP * accel * fx;
    vy = KEPT_VELOCITY * vy + TIME_STEP * accel * fy;
    const excess = Math.max(1, Math.sqrt(vx * vx + vy * vy) / maxSpeed);
    vx /= excess;
    vy /= excess;
    at = later(at, [vx, vy], 1);
    sum += cost(at, step);
  }
  return sum;
}

/** Where a body will be in `steps` steps if it keeps its velocity. */
export function later([x, y]: Point, [vx, vy]: Point, steps: number): Point {
  return [x + steps * TIME_STEP * vx, y + steps * TIME_STEP * vy];
}
