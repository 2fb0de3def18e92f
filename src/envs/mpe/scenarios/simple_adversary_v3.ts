/** simple_adversary_v3 as in MPE2 1.1.1, documented by `manual`. */

import type { Pcg64 } from '../../../core/random.ts';
import { agent, landmark } from '../bodies.ts';
import { neighbourLimit, Neighbours } from '../neighbours.ts';
import { writeRelative } from '../observations.ts';
import type { OptionTable, OptionValues } from '../options.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario } from '../scenario.ts';
import type { SymmetryDeclaration } from '../symmetries.ts';
import { range, vector } from '../symmetries.ts';
import type { MpeWorld } from '../world.ts';

const manual = `simple_adversary: N agents know which of N landmarks is the goal and must cover
it without giving it away to an adversary that does not know (physical
deception).

Agents     adversary_0, then agent_0 .. agent_{N-1}: radius 0.15, silent.
           Nothing collides.
Landmarks  N, radius 0.08.
Start      the goal, then all positions (agents first), uniform in [-1, 1)^2;
           at rest.
Actions    one of 5 moves (none, left, right, down, up); with
           continuous_actions, 5 numbers in [0, 1], one per move.
Observes   agent: relative positions of the goal (2), the landmarks (2 each)
           and the other agents (2 each); adversary: the same without the goal.
           With a neighbour limit n, only the n nearest, closest first, padded
           with zeros; an agent always sees the goal.
Reward     adversary: -d(adversary, goal)
           every agent: d(adversary, goal) - min over agents of d(agent, goal)
Ends       after max_cycles steps (truncation).
Benchmark  adversary: squared distance to the goal; agent: squared distance to
           each landmark, then to the goal.
Options    N, num_agent_neighbors, num_landmark_neighbors and the common ones,
           listed below.
`;

const options = {
  N: { type: 'integer', default: 2, min: 1, max: 256, doc: 'Number of good agents, and of landmarks.' },
  num_agent_neighbors: neighbourLimit('other agents'),
  num_landmark_neighbors: neighbourLimit('landmarks'),
} as const satisfies OptionTable;

const ADVERSARY = 0;

class SimpleAdversary implements Scenario {
  readonly agents;
  readonly landmarks;
  readonly messageWidth = 2;
  readonly stateWidth = 1; // the goal, as a landmark index
  readonly stageCount = 1;
  readonly #others: Neighbours;
  readonly #landmarks: Neighbours;

  constructor({ N, num_agent_neighbors, num_landmark_neighbors }: OptionValues<typeof options>) {
    const names = ['adversary_0', ...Array.from({ length: N }, (_, i) => `agent_${i}`)];
    this.agents = names.map((name) => agent(name, { size: 0.15, collide: false }));
    this.landmarks = Array.from({ length: N }, (_, i) => landmark(`landmark ${i}`, 0.08));
    this.#others = new Neighbours(0, N + 1, num_agent_neighbors, true);
    this.#landmarks = new Neighbours(N + 1, 2 * N + 1, num_landmark_neighbors, false);
  }

  observationWidth(agent: number): number {
    return 2 * (this.#landmarks.slots + this.#others.slots) + (agent === ADVERSARY ? 0 : 2);
  }

  reset(world: MpeWorld, e: number, generator: Pcg64): void {
    world.state[e] = generator.integers(this.landmarks.length);
    world.scatter(e, 0, world.entityCount, -1, 1, generator);
  }

  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void {
    const goal = this.#goal(world, e);
    const n = world.agentCount;
    const adversaryAway = world.distance(e, ADVERSARY, goal);
    const nearest = world.nearest(e, goal, 1, n);
    out[at] = -adversaryAway;
    for (let i = 1; i < n; i++) out[at + i] = -nearest + adversaryAway;
  }

  observe(world: MpeWorld, e: number, out: Float32Array, start: number): void {
    const goal = this.#goal(world, e);
    let at = start;
    for (let i = 0; i < world.agentCount; i++) {
      if (i !== ADVERSARY) at = writeRelative(world, e, goal, goal + 1, i, out, at);
      at = this.#landmarks.writeRelative(world, e, i, out, at);
      at = this.#others.writeRelative(world, e, i, out, at);
    }
  }

  symmetries(): SymmetryDeclaration {
    const n = this.agents.length;
    return {
      columns: (i) => [
        ...(i === ADVERSARY ? [] : vector('goal')),
        ...this.#landmarks.columns(i, (of, slot) => vector(`landmark${slot}`, of)),
        ...this.#others.columns(i, (of, slot) => vector(`agent${slot}`, of)),
      ],
      alike: [range(1, n), range(n, n + this.landmarks.length)],
      plane: true,
    };
  }

  benchmark(world: MpeWorld, e: number, i: number): number | readonly number[] {
    const goal = world.squaredDistance(e, i, this.#goal(world, e));
    if (i === ADVERSARY) return goal;
    return [...this.landmarks.map((_, l) => world.squaredDistance(e, i, world.agentCount + l)), goal];
  }

  /** Entity index of the goal. */
  #goal(world: MpeWorld, e: number): number {
    return world.agentCount + world.state[e]!;
  }
}

export const simpleAdversary = defineScenario({
  id: 'simple_adversary_v3',
  manual,
  options,
  sides: [['adversary'], ['agent']],
  create: (values) => new SimpleAdversary(values),
});
