/**
 * simple_line: N agents have to spread evenly along the line between two landmarks.
 *
 * Agents   agent_0 .. agent_{N-1}: radius 0.03, they push each other, they are silent.
 * Bodies   2 landmarks of radius 0.02 that nobody bumps into, 1.25 apart. Draws: agents in [-1, 1)^2, the
 *          first landmark in [-0.25, 0.25)^2, then the direction of the second in [0, 2 pi), which is turned
 *          by 5 degrees at a time until the second landmark lies in (-1, 1)^2.
 * Action   5 movements (discrete), or a vector of 5 numbers in [0, 1] (continuous_actions).
 * Sees     own velocity (2), own position (2), relative positions of the landmarks (4).
 * Reward   all: -(mean over agents of min(d(agent, its target), 2))
 *          The targets are N points from the first landmark to the second at equal distances (with one agent
 *          the first landmark). Each agent has the target that the assignment with the smallest sum of
 *          distances gives it.
 * Ends     after max_cycles steps (a truncation); with terminate_on_success also when every agent is nearer
 *          than 0.05 to its target (a termination). Benchmark data: none.
 * Options  N, terminate_on_success and the common ones: see the table below.
 */

import { cos, sin } from '../../../core/math.ts';
import type { Pcg64 } from '../../../core/random.ts';
import type { OptionTable, OptionValues } from '../options.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario, rowsOf } from '../scenario.ts';
import { TargetPoints } from '../target-points.ts';
import type { SymmetryDeclaration } from '../symmetries.ts';
import { range, vector, vectors } from '../symmetries.ts';
import type { MpeWorld } from '../world.ts';
import { writeViews } from '../observations.ts';
import { agent, landmark } from '../bodies.ts';

const LENGTH = 1.25;
const TURN = 5 * (Math.PI / 180);

const options = {
  N: { type: 'integer', default: 4, min: 1, max: 256, doc: 'Agents.' },
  terminate_on_success: {
    type: 'boolean',
    default: false,
    doc: 'Whether an episode ends as soon as every agent stands on its target.',
  },
} as const satisfies OptionTable;

class SimpleLine implements Scenario {
  readonly agents;
  readonly landmarks = [landmark('landmark 0', 0.02), landmark('landmark 1', 0.02)];
  readonly messageWidth = 0;
  readonly stateWidth = 2; // direction of the line, a vector of length 1
  readonly stageCount = 1;
  readonly #terminates: boolean;
  readonly #targets: TargetPoints;
  /** Where each agent's observation begins in the joint one, [N]. */
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

  /** The landmarks are not alike: the line is drawn from the first one. */
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
  summary:
    'N agents have to spread evenly along the line between two landmarks. All earn minus the mean distance to ' +
    'their places.',
  options,
  create: (values) => new SimpleLine(values),
});
