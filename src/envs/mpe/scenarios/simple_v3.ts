/**
 * simple: one agent has to go to one landmark. It is there to try things out, not to be hard.
 *
 * Agents   agent_0: radius 0.05, silent.
 * Bodies   one landmark of radius 0.05; nothing collides. Positions uniform in [-1, 1)^2, agent first.
 * Action   5 movements (discrete), or a vector of 5 numbers in [0, 1] (continuous_actions).
 * Sees     own velocity (2), relative position of the landmark (2).
 * Reward   -(squared distance to the landmark)
 * Ends     after max_cycles steps (a truncation). Benchmark data: none. Options: the common ones.
 */

import type { Pcg64 } from '../../../core/random.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario } from '../scenario.ts';
import type { SymmetryDeclaration } from '../symmetries.ts';
import { vector } from '../symmetries.ts';
import type { MpeWorld } from '../world.ts';
import { writeRelative, writeVelocity } from '../observations.ts';
import { agent, landmark } from '../bodies.ts';

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
  summary: 'One agent has to go to one landmark; it earns minus the squared distance.',
  options: {},
  create: () => new Simple(),
});
