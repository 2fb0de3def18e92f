/** simple_reference_v3 as in MPE2 1.1.1, documented by `manual`. */

import type { Pcg64 } from '../../../core/random.ts';
import { agent, landmark } from '../bodies.ts';
import { writeMessage, writeNumbers, writeRelative, writeVelocity } from '../observations.ts';
import type { OptionTable } from '../options.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario, mixed } from '../scenario.ts';
import type { SymmetryDeclaration } from '../symmetries.ts';
import { numbers, range, vector, vectors } from '../symmetries.ts';
import type { MpeWorld } from '../world.ts';

const manual = `simple_reference: each of two agents must reach a landmark that only the other
one knows, so they have to tell each other where to go. Both move and speak.

Agents     agent_0, agent_1: radius 0.05, messages of 10 numbers. Nothing
           collides.
Landmarks  3, radius 0.05.
Start      the goal that agent_0 knows, the goal that agent_1 knows, then all
           positions (agents first), uniform in [-1, 1)^2; at rest.
Actions    one of 50 pairs of move (none, left, right, down, up) and message,
           choice = message * 5 + move; with continuous_actions, 5 numbers for
           the move and 10 for the message, all in [0, 1].
Observes   own velocity (2), relative positions of the landmarks (6), colour of
           the other agent's goal (3), the other's message of this step (10).
Reward     r_i = joint (1 - local_ratio) + own_i local_ratio
           own_i = -d(other agent, the goal that agent i knows)
           joint = mean of own_0 and own_1
Ends       after max_cycles steps (truncation).
Benchmark  no data.
Options    local_ratio and the common ones, listed below.
`;

const options = {
  local_ratio: {
    type: 'number',
    default: 0.5,
    min: 0,
    max: 1,
    doc: "Weight of an agent's own reward (for the agent it guides) against the mean of both.",
  },
} as const satisfies OptionTable;

const FIRST_LANDMARK = 2;
const END = 5;
const COLOURS = [
  [0.75, 0.25, 0.25],
  [0.25, 0.75, 0.25],
  [0.25, 0.25, 0.75],
];

class SimpleReference implements Scenario {
  readonly agents = [0, 1].map((i) => agent(`agent_${i}`, { collide: false, silent: false }));
  readonly landmarks = [0, 1, 2].map((l) => landmark(`landmark ${l}`, 0.05));
  readonly messageWidth = 10;
  readonly stateWidth = 2; // the goal that each agent knows, as a landmark index
  readonly stageCount = 1;
  readonly #localRatio: number;

  constructor(localRatio: number) {
    this.#localRatio = localRatio;
  }

  observationWidth(): number {
    return 21;
  }

  reset(world: MpeWorld, e: number, generator: Pcg64): void {
    world.state[2 * e] = generator.integers(3);
    world.state[2 * e + 1] = generator.integers(3);
    world.scatter(e, 0, END, -1, 1, generator);
  }

  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void {
    const first = -world.distance(e, 1, FIRST_LANDMARK + world.state[2 * e]!);
    const second = -world.distance(e, 0, FIRST_LANDMARK + world.state[2 * e + 1]!);
    const joint = (first + second) / 2;
    out[at] = mixed(joint, first, this.#localRatio);
    out[at + 1] = mixed(joint, second, this.#localRatio);
  }

  /** Only the plane: permuting agents, landmarks or messages would mix the languages the agents could agree on. */
  symmetries(): SymmetryDeclaration {
    return {
      columns: () => [
        ...vector('own velocity'),
        ...vectors('landmark', range(FIRST_LANDMARK, END)),
        ...numbers("colour of the other's goal", 3),
        ...numbers("the other's message", this.messageWidth),
      ],
      alike: [],
      plane: true,
    };
  }

  observe(world: MpeWorld, e: number, out: Float32Array, start: number): void {
    let at = start;
    for (let i = 0; i < 2; i++) {
      at = writeVelocity(world, e, i, out, at);
      at = writeRelative(world, e, FIRST_LANDMARK, END, i, out, at);
      at = writeNumbers(COLOURS[world.state[2 * e + i]!]!, out, at);
      at = writeMessage(world, e, 1 - i, out, at);
    }
  }
}

export const simpleReference = defineScenario({
  id: 'simple_reference_v3',
  manual,
  options,
  create: ({ local_ratio }) => new SimpleReference(local_ratio),
});
