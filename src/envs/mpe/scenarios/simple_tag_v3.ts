/** simple_tag_v3 as in MPE2 1.1.1, documented by `manual`. */

import type { Pcg64 } from '../../../core/random.ts';
import { agent, landmark } from '../bodies.ts';
import { outOfBounds } from '../bounds.ts';
import { neighbourLimit, Neighbours } from '../neighbours.ts';
import { writePosition, writeRelative, writeVelocity, writeViews, writeZeros } from '../observations.ts';
import type { OptionTable, OptionValues } from '../options.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario, rowsOf } from '../scenario.ts';
import type { SymmetryDeclaration } from '../symmetries.ts';
import { range, vector, vectors } from '../symmetries.ts';
import type { MpeWorld } from '../world.ts';

const manual = `simple_tag: slow adversaries chase faster agents around obstacles
(predator-prey).

Agents     adversary_0 .. (radius 0.075, force 3, speed limit 1.0), then
           agent_0 .. (the prey: radius 0.05, force 4, speed limit 1.3). All
           collide and are silent.
Landmarks  obstacles of radius 0.2, which collide.
Start      agents uniform in [-1, 1)^2, then obstacles in [-0.9, 0.9)^2; at
           rest.
Actions    one of 5 moves (none, left, right, down, up); with
           continuous_actions, 5 numbers in [0, 1], one per move.
Observes   own velocity (2), own position (2), relative positions of the
           obstacles (2 each) and of the others (2 each), velocities of the
           other prey (2 each). With a neighbour limit n, only the n nearest,
           closest first, padded with zeros; with num_agent_neighbors every
           neighbour has a velocity, zero for an adversary.
Reward     agent: -10 per adversary that touches it, -bound(|x|) - bound(|y|)
           every adversary: +10 per touching pair of an agent and any adversary
           bound(z) = 0 below 0.9; 10 (z - 0.9) below 1; then
           min(exp(2z - 2), 10)
Ends       after max_cycles steps (truncation); with terminate_on_success also
           once every agent is touched by an adversary (termination).
Curriculum in stages 0, 1 and 2 the agents have 0.5, 0.75 and 1 times their
           force and speed limit. A new stage takes effect at the next reset.
Benchmark  adversary: number of agents it touches; agent: 0.
Options    num_good, num_adversaries, num_obstacles, curriculum,
           terminate_on_success, num_agent_neighbors, num_landmark_neighbors
           and the common ones, listed below.
`;

const CONTACT_REWARD = 10;
const PREY_SPEEDS = [0.5, 0.75, 1]; // by curriculum stage

const options = {
  num_good: { type: 'integer', default: 1, min: 1, max: 256, doc: 'Number of agents being chased.' },
  num_adversaries: { type: 'integer', default: 3, min: 1, max: 256, doc: 'Number of adversaries.' },
  num_obstacles: { type: 'integer', default: 2, min: 0, max: 256, doc: 'Number of obstacles.' },
  curriculum: {
    type: 'boolean',
    default: false,
    doc: 'Slow the agents down in curriculum stages 0 and 1.',
  },
  terminate_on_success: {
    type: 'boolean',
    default: false,
    doc: 'End the episode as soon as every agent is touched by an adversary.',
  },
  num_agent_neighbors: neighbourLimit('other agents'),
  num_landmark_neighbors: neighbourLimit('obstacles'),
} as const satisfies OptionTable;

class SimpleTag implements Scenario {
  readonly agents;
  readonly landmarks;
  readonly messageWidth = 2;
  readonly stateWidth = 0;
  readonly stageCount;
  readonly #options: OptionValues<typeof options>;
  /** Index of the first prey; adversaries come before. */
  readonly #prey: number;
  readonly #limited: boolean;
  readonly #others: Neighbours;
  readonly #obstacles: Neighbours;
  /** Offset of each agent's observation in the joint one, [N]. */
  readonly #rows: Int32Array;

  constructor(values: OptionValues<typeof options>) {
    const { num_good, num_adversaries, num_obstacles } = values;
    const many = (count: number, name: string): string[] =>
      Array.from({ length: count }, (_, i) => `${name}${i}`);
    this.#options = values;
    this.#prey = num_adversaries;
    this.agents = [
      ...many(num_adversaries, 'adversary_').map((name) =>
        agent(name, { size: 0.075, accel: 3, maxSpeed: 1 }),
      ),
      ...many(num_good, 'agent_').map((name) => agent(name, { size: 0.05, accel: 4, maxSpeed: 1.3 })),
    ];
    this.landmarks = many(num_obstacles, 'landmark ').map((name) => landmark(name, 0.2, true));
    this.stageCount = values.curriculum ? PREY_SPEEDS.length : 1;
    const n = this.agents.length;
    this.#limited = values.num_agent_neighbors !== null || values.num_landmark_neighbors !== null;
    this.#others = new Neighbours(0, n, values.num_agent_neighbors, true);
    this.#obstacles = new Neighbours(n, n + num_obstacles, values.num_landmark_neighbors, false);
    this.#rows = rowsOf(this.agents.map((_, i) => this.observationWidth(i)));
  }

  observationWidth(i: number): number {
    const { num_agent_neighbors, num_good } = this.#options;
    const velocities = num_agent_neighbors ?? num_good - (i < this.#prey ? 0 : 1);
    return 4 + 2 * (this.#obstacles.slots + this.#others.slots + velocities);
  }

  reset(world: MpeWorld, e: number, generator: Pcg64): void {
    const n = world.agentCount;
    world.scatter(e, 0, n, -1, 1, generator);
    world.scatter(e, n, world.entityCount, -0.9, 0.9, generator);
    if (!this.#options.curriculum) return;
    const share = PREY_SPEEDS[world.stages[e]!]!;
    for (let i = this.#prey; i < n; i++) {
      world.accels[e * n + i] = this.agents[i]!.accel * share;
      world.maxSpeeds[e * n + i] = this.agents[i]!.maxSpeed * share;
    }
  }

  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void {
    let contacts = 0;
    for (let i = this.#prey; i < world.agentCount; i++) {
      const caught = this.#touchedBy(world, e, i);
      contacts += caught;
      out[at + i] = 0 - CONTACT_REWARD * caught - outOfBounds(world, e, i, 1);
    }
    for (let i = 0; i < this.#prey; i++) out[at + i] = CONTACT_REWARD * contacts;
  }

  observe(world: MpeWorld, e: number, out: Float32Array, start: number): void {
    const { agentCount: n, entityCount } = world;
    if (this.#limited) {
      for (let i = 0; i < n; i++) this.#writeNearest(world, e, i, out, start + this.#rows[i]!);
      return;
    }
    writeViews(world, e, n, entityCount, out, start, this.#rows);
    const view = start + 4 + 2 * (entityCount - n);
    for (let i = 0; i < n; i++) {
      const at = writeRelative(world, e, 0, n, i, out, view + this.#rows[i]!);
      this.#writePreyVelocities(world, e, i, out, at);
    }
  }

  #writeNearest(world: MpeWorld, e: number, i: number, out: Float32Array, start: number): void {
    let at = writeVelocity(world, e, i, out, start);
    at = writePosition(world, e, i, out, at);
    at = this.#obstacles.writeRelative(world, e, i, out, at);
    at = this.#others.writeRelative(world, e, i, out, at);
    if (this.#options.num_agent_neighbors === null) {
      this.#writePreyVelocities(world, e, i, out, at);
      return;
    }
    for (const other of this.#others.entities)
      at = other < this.#prey ? writeZeros(2, out, at) : writeVelocity(world, e, other, out, at);
  }

  #writePreyVelocities(world: MpeWorld, e: number, i: number, out: Float32Array, start: number): void {
    let at = start;
    for (let other = this.#prey; other < world.agentCount; other++)
      if (other !== i) at = writeVelocity(world, e, other, out, at);
  }

  symmetries(): SymmetryDeclaration {
    const n = this.agents.length;
    const prey = range(this.#prey, n);
    const slots = this.#options.num_agent_neighbors !== null;
    return {
      columns: (i) => [
        ...vector('own velocity'),
        ...vector('own position'),
        ...this.#obstacles.columns(i, (of, slot) => vector(`obstacle${slot}`, of)),
        ...this.#others.columns(i, (of, slot) => vector(`agent${slot}`, of)),
        ...(slots
          ? this.#others.columns(i, (of, slot) => vector(`velocity${slot}`, of))
          : vectors(
              'velocity',
              prey.filter((other) => other !== i),
            )),
      ],
      alike: [range(0, this.#prey), prey, range(n, n + this.landmarks.length)],
      plane: true,
    };
  }

  isTerminal(world: MpeWorld, e: number): boolean {
    if (!this.#options.terminate_on_success) return false;
    for (let i = this.#prey; i < world.agentCount; i++) if (this.#touchedBy(world, e, i) === 0) return false;
    return true;
  }

  benchmark(world: MpeWorld, e: number, i: number): number {
    if (i >= this.#prey) return 0;
    return world.countTouching(e, i, this.#prey, world.agentCount);
  }

  /** Number of adversaries touching an agent. */
  #touchedBy(world: MpeWorld, e: number, prey: number): number {
    return world.countTouching(e, prey, 0, this.#prey);
  }
}

export const simpleTag = defineScenario({
  id: 'simple_tag_v3',
  manual,
  options,
  sides: [['adversary'], ['agent']],
  create: (values) => new SimpleTag(values),
});
