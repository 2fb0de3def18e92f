/**
 * The penalty for leaving the arena, which keeps the prey of simple_tag and simple_world_comm from running away: there
 * are no walls.
 */
import { exp } from '../../core/math.ts';
import type { MpeWorld } from './world.ts';

/** 0 below 0.9; 10 (z - 0.9) below 1; then min(exp(2z - 2), 10). */
export function bound(z: number): number {
  if (z < 0.9) return 0;
  return z < 1 ? (z - 0.9) * 10 : Math.min(exp(2 * z - 2), 10);
}

/** weight * (bound(|x|) + bound(|y|)) at an agent's position. */
export function outOfBounds(world: MpeWorld, e: number, agent: number, weight: number): number {
  const p = (e * world.entityCount + agent) * 2;
  return weight * (bound(Math.abs(world.positions[p]!)) + bound(Math.abs(world.positions[p + 1]!)));
}
