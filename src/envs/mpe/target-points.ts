/**
 * The shared reward of simple_formation and simple_line: how well N agents occupy N target points under the best
 * assignment. The scenario places the targets.
 */
import { Assignment } from './assignment.ts';
import type { MpeWorld } from './world.ts';

const FARTHEST = 2;
const ON_TARGET = 0.05;

export class TargetPoints {
  /** The targets, [N, 2], filled by the scenario before each call. */
  readonly points: Float64Array;
  readonly #assignment: Assignment;

  constructor(count: number) {
    this.points = new Float64Array(count * 2);
    this.#assignment = new Assignment(count);
  }

  /** -(mean over agents of min(distance to its target, 2)) under the assignment of minimum total distance. */
  reward(world: MpeWorld, e: number): number {
    this.#assign(world, e);
    const n = world.agentCount;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.min(this.#distance(i), FARTHEST);
    return 0 - sum / n;
  }

  /** Whether every agent is closer than 0.05 to its target. */
  reached(world: MpeWorld, e: number): boolean {
    this.#assign(world, e);
    for (let i = 0; i < world.agentCount; i++) if (!(this.#distance(i) < ON_TARGET)) return false;
    return true;
  }

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
