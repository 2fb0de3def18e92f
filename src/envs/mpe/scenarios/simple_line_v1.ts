/** simple_line_v1 as in MPE2 1.1.1, documented by `manual`. */

import { cos, sin } from '../../../core/math.ts';
import type { Pcg64 } from '../../../core/random.ts';
import { agent, landmark } from '../bodies.ts';
import { writeViews } from '../observations.ts';
import type { OptionTable, OptionValues } from '../options.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario, rowsOf } from '../scenario.ts';
import type { SymmetryDeclaration } from '../symmetries.ts';
import { range, vector, vectors } from '../symmetries.ts';
import { TargetPoints } from '../target-points.ts';
import type { MpeWorld } from '../world.ts';

const manual = `simple_line: N agents spread evenly along the line between two landmarks.

Agents     agent_0 .. agent_{N-1}: radius 0.03, silent. They collide.
Landmarks  2, radius 0.02, 1.25 apart. They do not collide.
Start      agents uniform in [-1, 1)^2, the first landmark in [-0.25, 0.25)^2,
           then the direction of the second, uniform in [0, 2 pi) and rotated
           by 5 degrees at a time until that landmark is inside (-1, 1)^2; at
           rest.
Actions    one of 5 moves (none, left, right, down, up); with
           continuous_actions, 5 numbers in [0, 1], one per move.
Observes   own velocity (2), own position (2), relative positions of the
           landmarks (4).
Reward     all: -(mean over agents of min(d(agent, its target), 2))
           The targets are N evenly spaced points from the first landmark to
           the second (for one agent: the first landmark). Agents are assigned
           to targets so that the sum of distances is smallest.
Ends       after max_cycles steps (truncation); with terminate_on_success also
           once every agent is closer than 0.05 to its target (termination).
Benchmark  no data.
Options    N, terminate_on_success and the common ones, listed below.
`;

const LENGTH = 1.25;
const TURN = 5 * (Math.PI / 180);

const options = {
  N: { type: 'integer', default: 4, min: 1, max: 256, doc: 'Number of agents.' },
  terminate_on_success: {
    type: 'boolean',
    default: false,
    doc: 'End the episode as soon as every agent is on its target.',
  },
} as const satisfies OptionTable;

class SimpleLine implements Scenario {
  readonly agents;
  readonly landmarks = [landmark('landmark 0', 0.02), landmark('landmark 1', 0.02)];
  readonly messageWidth = 0;
  readonly stateWidth = 2; // direction of the line, a unit vector
  readonly stageCount = 1;
  readonly #terminates: boolean;
  readonly #targets: TargetPoints;
  /** Offset of each agent's observation in the joint one, [N]. */
  readonly #rows: Int32Array;

  constructor({ N, terminate_on_success }: OptionValues<typeof options>) {
    this.agents = Array.from({ length: N }, (_, i) => agent(`agent_${i}`, { size: 0.03 }));
    this.#terminates = terminate_on_success;
    this.#targets = new TargetPoints(N);
    this.#rows = rowsOf(this.agents.map(() => this.observationWidth()));
  }

  observationWidth(): number {
    return 8;
  }

  reset(world: MpeWorld, e: number, generator: Pcg64): void {
    const n = world.agentCount;
    world.scatter(e, 0, n, -1, 1, generator);
    world.scatter(e, n, n + 1, -0.25, 0.25, generator);
    const first = (e * world.entityCount + n) * 2;
    const { positions, state } = world;
    let angle = generator.uniform(0, 2 * Math.PI);
    for (;;) {
      const dx = cos(angle);
      const dy = sin(angle);
      const x = positions[first]! + LENGTH * dx;
      const y = positions[first + 1]! + LENGTH * dy;
      if (Math.abs(x) < 1 && Math.abs(y) < 1) {
        positions[first + 2] = x;
        positions[first + 3] = y;
        state[2 * e] = dx;
        state[2 * e + 1] = dy;
        return;
      }
      angle += TURN;
    }
  }

  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void {
    this.#placeTargets(world, e);
    out.fill(this.#targets.reward(world, e), at, at + world.agentCount);
  }

  observe(world: MpeWorld, e: number, out: Float32Array, at: number): void {
    const n = world.agentCount;
    writeViews(world, e, n, n + 2, out, at, this.#rows);
  }

  /** The landmarks are not interchangeable: the line starts at the first. */
  symmetries(): SymmetryDeclaration {
    const n = this.agents.length;
    return {
      columns: () => [
        ...vector('own velocity'),
        ...vector('own position'),
        ...vectors('landmark', range(n, n + this.landmarks.length)),
      ],
      alike: [range(0, n)],
      plane: true,
    };
  }

  isTerminal(world: MpeWorld, e: number): boolean {
    if (!this.#terminates) return false;
    this.#placeTargets(world, e);
    return this.#targets.reached(world, e);
  }

  #placeTargets(world: MpeWorld, e: number): void {
    const n = world.agentCount;
    const { points } = this.#targets;
    const first = (e * world.entityCount + n) * 2;
    const x = world.positions[first]!;
    const y = world.positions[first + 1]!;
    const dx = world.state[2 * e]!;
    const dy = world.state[2 * e + 1]!;
    const spacing = n === 1 ? 0 : LENGTH / (n - 1);
    for (let j = 0; j < n; j++) {
      points[2 * j] = x + j * spacing * dx;
      points[2 * j + 1] = y + j * spacing * dy;
    }
  }
}

export const simpleLine = defineScenario({
  id: 'simple_line_v1',
  manual,
  options,
  create: (values) => new SimpleLine(values),
});
