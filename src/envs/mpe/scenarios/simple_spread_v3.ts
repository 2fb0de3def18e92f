/** simple_spread_v3 as in MPE2 1.1.1, documented by `manual`. */

import type { Pcg64 } from '../../../core/random.ts';
import { agent, landmark } from '../bodies.ts';
import { neighbourLimit, Neighbours } from '../neighbours.ts';
import { writePosition, writeVelocity, writeZeros } from '../observations.ts';
import type { OptionTable, OptionValues } from '../options.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario, mixed } from '../scenario.ts';
import type { SymmetryDeclaration } from '../symmetries.ts';
import { numbers, range, vector } from '../symmetries.ts';
import type { MpeWorld } from '../world.ts';

const manual = `simple_spread: N agents cover N landmarks while keeping out of each other's way
(cooperative navigation).

Agents     agent_0 .. agent_{N-1}: radius 0.15, silent. They collide.
Landmarks  N, radius 0.05. They do not collide.
Start      agents, then landmarks, uniform in [-1, 1)^2; at rest.
Actions    one of 5 moves (none, left, right, down, up); with
           continuous_actions, 5 numbers in [0, 1], one per move.
Observes   own velocity (2), own position (2), relative positions of the
           landmarks (2 each) and of the other agents (2 each), the others'
           messages (2 zeros each): 6N numbers. With a neighbour limit n, only
           the n nearest, closest first, padded with zeros.
Reward     r_i = joint (1 - local_ratio) + own_i local_ratio
           joint = -sum over landmarks of the distance to the nearest agent
           own_i = -(number of other agents that overlap agent i); 0 in stage 0
           of the curriculum
Ends       after max_cycles steps (truncation); with terminate_on_success also
           once every landmark has an agent closer than 0.1 (termination).
Benchmark  [-(sum of nearest distances) - overlaps, overlaps, sum of nearest
           distances, landmarks with an agent closer than 0.1].
Options    N, local_ratio, curriculum, terminate_on_success,
           num_agent_neighbors, num_landmark_neighbors and the common ones,
           listed below.
`;

const CAPTURE_RADIUS = 0.1;
const MESSAGE_WIDTH = 2;

const options = {
  N: { type: 'integer', default: 3, min: 1, max: 256, doc: 'Number of agents, and of landmarks.' },
  local_ratio: {
    type: 'number',
    default: 0.5,
    min: 0,
    max: 1,
    doc: "Weight of an agent's own reward (overlaps) against the joint one (distances).",
  },
  curriculum: {
    type: 'boolean',
    default: false,
    doc: 'Do not penalize overlaps until curriculum stage 1.',
  },
  terminate_on_success: {
    type: 'boolean',
    default: false,
    doc: 'End the episode as soon as every landmark is covered.',
  },
  num_agent_neighbors: neighbourLimit('other agents'),
  num_landmark_neighbors: neighbourLimit('landmarks'),
} as const satisfies OptionTable;

class SimpleSpread implements Scenario {
  readonly agents;
  readonly landmarks;
  readonly messageWidth = MESSAGE_WIDTH;
  readonly stateWidth = 0;
  readonly stageCount;
  readonly #options: OptionValues<typeof options>;
  readonly #limited: boolean;
  readonly #others: Neighbours;
  readonly #landmarks: Neighbours;

  constructor(values: OptionValues<typeof options>) {
    const { N } = values;
    this.#options = values;
    this.agents = Array.from({ length: N }, (_, i) => agent(`agent_${i}`, { size: 0.15 }));
    this.landmarks = Array.from({ length: N }, (_, i) => landmark(`landmark ${i}`, 0.05));
    this.stageCount = values.curriculum ? 2 : 1;
    this.#limited = values.num_agent_neighbors !== null || values.num_landmark_neighbors !== null;
    this.#others = new Neighbours(0, N, values.num_agent_neighbors, true);
    this.#landmarks = new Neighbours(N, 2 * N, values.num_landmark_neighbors, false);
  }

  observationWidth(): number {
    return 4 + 2 * this.#landmarks.slots + (2 + MESSAGE_WIDTH) * this.#others.slots;
  }

  reset(world: MpeWorld, e: number, generator: Pcg64): void {
    world.scatter(e, 0, world.entityCount, -1, 1, generator);
  }

  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void {
    const { local_ratio, curriculum } = this.#options;
    const n = world.agentCount;
    const joint = 0 - this.#uncovered(world, e);
    for (let i = 0; i < n; i++) out[at + i] = 0;
    // An overlap costs both agents.
    if (!curriculum || world.stages[e] !== 0)
      for (let a = 0; a < n; a++)
        for (let b = a + 1; b < n; b++)
          if (world.touching(e, a, b)) {
            out[at + a] = out[at + a]! - 1;
            out[at + b] = out[at + b]! - 1;
          }
    for (let i = 0; i < n; i++) out[at + i] = mixed(joint, out[at + i]!, local_ratio);
  }

  observe(world: MpeWorld, e: number, out: Float32Array, at: number): void {
    if (this.#limited) this.#observeNearest(world, e, out, at);
    else this.#observeAll(world, e, out, at);
  }

  #observeNearest(world: MpeWorld, e: number, out: Float32Array, start: number): void {
    let at = start;
    for (let i = 0; i < world.agentCount; i++) {
      at = writeVelocity(world, e, i, out, at);
      at = writePosition(world, e, i, out, at);
      at = this.#landmarks.writeRelative(world, e, i, out, at);
      at = this.#others.writeRelative(world, e, i, out, at);
      // All agents are silent: messages are zeros.
      at = writeZeros(MESSAGE_WIDTH * this.#others.slots, out, at);
    }
  }

  /** Inlined for speed: this scenario runs for hundreds of millions of steps, and observing takes a third of the time. */
  #observeAll(world: MpeWorld, e: number, out: Float32Array, start: number): void {
    const { positions, velocities } = world;
    const firstAgent = e * world.entityCount * 2;
    const firstLandmark = firstAgent + world.agentCount * 2;
    const end = firstAgent + world.entityCount * 2;
    const messages = MESSAGE_WIDTH * (world.agentCount - 1);
    let at = start;
    let v = e * world.agentCount * 2;
    for (let own = firstAgent; own < firstLandmark; own += 2, v += 2) {
      const x = positions[own]!;
      const y = positions[own + 1]!;
      out[at] = velocities[v]!;
      out[at + 1] = velocities[v + 1]!;
      out[at + 2] = x;
      out[at + 3] = y;
      at += 4;
      for (let p = firstLandmark; p < end; p += 2, at += 2) {
        out[at] = positions[p]! - x;
        out[at + 1] = positions[p + 1]! - y;
      }
      for (let p = firstAgent; p < own; p += 2, at += 2) {
        out[at] = positions[p]! - x;
        out[at + 1] = positions[p + 1]! - y;
      }
      for (let p = own + 2; p < firstLandmark; p += 2, at += 2) {
        out[at] = positions[p]! - x;
        out[at + 1] = positions[p + 1]! - y;
      }
      for (const last = at + messages; at < last; at++) out[at] = 0;
    }
  }

  isTerminal(world: MpeWorld, e: number): boolean {
    return this.#options.terminate_on_success && this.#covered(world, e) === world.landmarks.length;
  }

  symmetries(): SymmetryDeclaration {
    const n = this.agents.length;
    return {
      columns: (i) => [
        ...vector('own velocity'),
        ...vector('own position'),
        ...this.#landmarks.columns(i, (of, slot) => vector(`landmark${slot}`, of)),
        ...this.#others.columns(i, (of, slot) => vector(`agent${slot}`, of)),
        ...this.#others.columns(i, (of, slot) => numbers(`message${slot}`, MESSAGE_WIDTH, of)),
      ],
      alike: [range(0, n), range(n, 2 * n)],
      plane: true,
    };
  }

  benchmark(world: MpeWorld, e: number, i: number): readonly number[] {
    const distances = this.#uncovered(world, e);
    const overlaps = this.#overlaps(world, e, i);
    return [0 - distances - overlaps, overlaps, distances, this.#covered(world, e)];
  }

  /** Sum over landmarks of the distance to the nearest agent. */
  #uncovered(world: MpeWorld, e: number): number {
    const n = world.agentCount;
    let sum = 0;
    for (let landmark = n; landmark < world.entityCount; landmark++) sum += world.nearest(e, landmark, 0, n);
    return sum;
  }

  /** Number of landmarks with an agent on them. */
  #covered(world: MpeWorld, e: number): number {
    const n = world.agentCount;
    let covered = 0;
    for (let landmark = n; landmark < world.entityCount; landmark++)
      if (world.nearest(e, landmark, 0, n) < CAPTURE_RADIUS) covered++;
    return covered;
  }

  /** Number of other agents overlapping agent i. */
  #overlaps(world: MpeWorld, e: number, i: number): number {
    return world.countTouching(e, i, 0, world.agentCount);
  }
}

export const simpleSpread = defineScenario({
  id: 'simple_spread_v3',
  manual,
  options,
  create: (values) => new SimpleSpread(values),
});
