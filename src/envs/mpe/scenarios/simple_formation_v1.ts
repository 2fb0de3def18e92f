/** simple_formation_v1 as in MPE2 1.1.1, documented by `manual`. */

import { cos, sin } from '../../../core/math.ts';
import type { Pcg64 } from '../../../core/random.ts';
import { agent, landmark } from '../bodies.ts';
import { writeViews } from '../observations.ts';
import type { OptionTable, OptionValues } from '../options.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario, rowsOf } from '../scenario.ts';
import type { SymmetryDeclaration } from '../symmetries.ts';
import { range, vector } from '../symmetries.ts';
import { TargetPoints } from '../target-points.ts';
import type { MpeWorld } from '../world.ts';

const manual = `simple_formation: N agents spread evenly around a landmark, on a circle, without
seeing each other.

Agents     agent_0 .. agent_{N-1}: radius 0.05, silent. They collide.
Landmarks  one, radius 0.03. It does not collide.
Start      agents uniform in [-1, 1)^2, then the landmark in [-0.5, 0.5)^2; at
           rest.
Actions    one of 5 moves (none, left, right, down, up); with
           continuous_actions, 5 numbers in [0, 1], one per move.
Observes   own velocity (2), own position (2), relative position of the
           landmark (2).
Reward     all: -(mean over agents of min(d(agent, its target), 2))
           The targets are N points at distance 0.5 from the landmark, 2 pi / N
           apart. The first is in the direction of the agent with the smallest
           angle in [0, 2 pi), so the circle turns with the agents. Agents are
           assigned to targets so that the sum of distances is smallest.
Ends       after max_cycles steps (truncation); with terminate_on_success also
           once every agent is closer than 0.05 to its target (termination).
Benchmark  no data.
Options    N, terminate_on_success and the common ones, listed below.
`;

const RADIUS = 0.5;

const options = {
  N: { type: 'integer', default: 4, min: 1, max: 256, doc: 'Number of agents.' },
  terminate_on_success: {
    type: 'boolean',
    default: false,
    doc: 'End the episode as soon as every agent is on its target.',
  },
} as const satisfies OptionTable;

class SimpleFormation implements Scenario {
  readonly agents;
  readonly landmarks = [landmark('landmark 0', 0.03)];
  readonly messageWidth = 0;
  readonly stateWidth = 0;
  readonly stageCount = 1;
  readonly #terminates: boolean;
  readonly #targets: TargetPoints;
  /** Offset of each agent's observation in the joint one, [N]. */
  readonly #rows: Int32Array;
  /** RADIUS (cos, sin) of 2 pi j / N, [N, 2]. */
  readonly #circle: Float64Array;

  constructor({ N, terminate_on_success }: OptionValues<typeof options>) {
    this.agents = Array.from({ length: N }, (_, i) => agent(`agent_${i}`));
    this.#terminates = terminate_on_success;
    this.#targets = new TargetPoints(N);
    this.#rows = rowsOf(this.agents.map(() => this.observationWidth()));
    const angles = Array.from({ length: N }, (_, j) => (2 * Math.PI * j) / N);
    this.#circle = Float64Array.from(angles.flatMap((angle) => [RADIUS * cos(angle), RADIUS * sin(angle)]));
  }

  observationWidth(): number {
    return 6;
  }

  reset(world: MpeWorld, e: number, generator: Pcg64): void {
    const n = world.agentCount;
    world.scatter(e, 0, n, -1, 1, generator);
    world.scatter(e, n, n + 1, -0.5, 0.5, generator);
  }

  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void {
    this.#placeTargets(world, e);
    out.fill(this.#targets.reward(world, e), at, at + world.agentCount);
  }

  observe(world: MpeWorld, e: number, out: Float32Array, at: number): void {
    const n = world.agentCount;
    writeViews(world, e, n, n + 1, out, at, this.#rows);
  }

  /** Not the plane: the circle follows the agent with the smallest angle, which depends on where angle 0 is. */
  symmetries(): SymmetryDeclaration {
    return {
      columns: () => [...vector('own velocity'), ...vector('own position'), ...vector('landmark')],
      alike: [range(0, this.agents.length)],
      plane: false,
    };
  }

  isTerminal(world: MpeWorld, e: number): boolean {
    if (!this.#terminates) return false;
    this.#placeTargets(world, e);
    return this.#targets.reached(world, e);
  }

  /** Rotates the circle so that its first point is in the direction of the agent with the smallest angle. */
  #placeTargets(world: MpeWorld, e: number): void {
    const { positions, agentCount: n } = world;
    const base = e * world.entityCount * 2;
    const centreX = positions[base + 2 * n]!;
    const centreY = positions[base + 2 * n + 1]!;
    let firstX = positions[base]! - centreX;
    let firstY = positions[base + 1]! - centreY;
    for (let p = base + 2; p < base + 2 * n; p += 2) {
      const x = positions[p]! - centreX;
      const y = positions[p + 1]! - centreY;
      if (!comesBefore(x, y, firstX, firstY)) continue;
      firstX = x;
      firstY = y;
    }
    const distance = Math.sqrt(firstX * firstX + firstY * firstY);
    const cosine = distance === 0 ? 1 : firstX / distance; // an agent at the centre counts as angle 0
    const sine = distance === 0 ? 0 : firstY / distance;
    const { points } = this.#targets;
    const circle = this.#circle;
    for (let k = 0; k < points.length; k += 2) {
      points[k] = centreX + (circle[k]! * cosine - circle[k + 1]! * sine);
      points[k + 1] = centreY + (circle[k]! * sine + circle[k + 1]! * cosine);
    }
  }
}

/** Whether the angle of (ax, ay) in [0, 2 pi) is smaller than that of (bx, by). */
function comesBefore(ax: number, ay: number, bx: number, by: number): boolean {
  const aLower = ay < 0;
  if (aLower !== by < 0) return !aLower;
  const cross = ax * by - ay * bx;
  if (cross !== 0) return cross > 0;
  // Collinear in the same half-plane: either the same direction, or 0 and pi.
  return ax >= 0 && bx < 0;
}

export const simpleFormation = defineScenario({
  id: 'simple_formation_v1',
  manual,
  options,
  create: (values) => new SimpleFormation(values),
});
