/**
 * What simple_formation and simple_line have in common: N agents earn together for how well they stand on
 * N target points, whoever stands where. The scenario says where the targets are.
 */
import { Assignment } from './assignment.ts';
import type { MpeWorld } from './world.ts';

const FARTHEST = 2;
const ON_TARGET = 0.05;

export class TargetPoints {
  /** The points, [N, 2]. The scenario fills them before a call. */
  readonly points: Float64Array;
  readonly #assignment: Assignment;

  constructor(count: number) {
    this.points = new Float64Array(count * 2);
    this.#assignment = new Assignment(count);
  }

  /** -(mean over the agents of the distance to their target, at most 2), for the assignment of least sum. */
  reward(world: MpeWorld, e: number): number {
    this.#assign(world, e);
    const n = world.agentCount;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.min(this.#distance(i), FARTHEST);
    return 0 - sum / n;
  }

  /** Whether every agent is nearer than 0.05 to its target. */
  reached(world: MpeWorld, e: number): boolean {
    this.#assign(world, e);
    for (let i = 0; i < world.agentCount; i++) if (!(this.#distance(i) < ON_TARGET)) return false;
    return true;
  }

  /** Distance of agent i to its target. */
  #distance(i: number): number {
    const { costs, columns, n } = this.#assignment;
    return costs[i * n + columns[i]!]!;
  }

  #assign(world: MpeWorld, e: number): void {
    const { points } = this;
    const { costs, n } = this.#assignment;
    const base = e * world.entityCount * 2;
    for (let i = 0; i < n; i++) {
      const x = world.positions[base + 2 * i]!;
      const y = world.positions[base + 2 * i + 1]!;
      for (let j = 0; j < n; j++) {
        const dx = x - points[2 * j]!;
        const dy = y - points[2 * j + 1]!;
        costs[i * n + j] = Math.sqrt(dx * dx + dy * dy);
      }
    }
    this.#assignment.solve();
  }
}
