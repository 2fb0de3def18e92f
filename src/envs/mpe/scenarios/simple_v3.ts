/** simple_v3 as in MPE2 1.1.1, documented by `manual`. */

import type { Pcg64 } from '../../../core/random.ts';
import { agent, landmark } from '../bodies.ts';
import { writeRelative, writeVelocity } from '../observations.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario } from '../scenario.ts';
import type { SymmetryDeclaration } from '../symmetries.ts';
import { vector } from '../symmetries.ts';
import type { MpeWorld } from '../world.ts';

const manual = `simple: one agent moves to one landmark. A smoke test rather than a benchmark.

Agents     agent_0: radius 0.05, silent.
Landmarks  one, radius 0.05. Nothing collides.
Start      the agent, then the landmark, uniform in [-1, 1)^2; at rest.
Actions    one of 5 moves (none, left, right, down, up); with
           continuous_actions, 5 numbers in [0, 1], one per move.
Observes   own velocity (2), relative position of the landmark (2).
Reward     minus the squared distance to the landmark.
Ends       after max_cycles steps (truncation).
Benchmark  no data.
Options    the common ones, listed below.
`;

class Simple implements Scenario {
  readonly agents = [agent('agent_0', { collide: false })];
  readonly landmarks = [landmark('landmark 0', 0.05)];
  readonly messageWidth = 0;
  readonly stateWidth = 0;
  readonly stageCount = 1;

  observationWidth(): number {
    return 4;
  }

  symmetries(): SymmetryDeclaration {
    return {
      columns: () => [...vector('own velocity'), ...vector('landmark')],
      alike: [],
      plane: true,
    };
  }

  reset(world: MpeWorld, e: number, generator: Pcg64): void {
    world.scatter(e, 0, 2, -1, 1, generator);
  }

  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void {
    out[at] = -world.squaredDistance(e, 0, 1);
  }

  observe(world: MpeWorld, e: number, out: Float32Array, start: number): void {
    const at = writeVelocity(world, e, 0, out, start);
    writeRelative(world, e, 1, 2, 0, out, at);
  }
}

export const simple = defineScenario({
  id: 'simple_v3',
  manual,
  options: {},
  create: () => new Simple(),
});
