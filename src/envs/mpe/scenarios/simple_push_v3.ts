/** simple_push_v3 as in MPE2 1.1.1, documented by `manual`. */

import type { Pcg64 } from '../../../core/random.ts';
import { agent, landmark } from '../bodies.ts';
import { writeNumbers, writeRelative, writeVelocity } from '../observations.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario } from '../scenario.ts';
import type { SymmetryDeclaration } from '../symmetries.ts';
import { numbers, range, vector, vectors } from '../symmetries.ts';
import type { MpeWorld } from '../world.ts';

const manual = `simple_push: an agent moves to its goal; an adversary has to find out which
landmark that is and push the agent away from it (keep-away).

Agents     adversary_0, agent_0: radius 0.05, silent. They collide.
Landmarks  2, radius 0.05. They do not collide.
Start      the goal, then all positions (agents first), uniform in [-1, 1)^2;
           at rest.
Actions    one of 5 moves (none, left, right, down, up); with
           continuous_actions, 5 numbers in [0, 1], one per move.
Observes   agent: own velocity (2), relative position of the goal (2), own
           colour (3), which identifies the goal, relative positions of the
           landmarks (4), their colours (6), relative position of the
           adversary (2);
           adversary: own velocity (2), relative positions of the landmarks (4)
           and of the agent (2).
Reward     agent: -d(agent, goal)
           adversary: d(agent, goal) - d(adversary, goal)
Ends       after max_cycles steps (truncation).
Benchmark  no data.
Options    the common ones, listed below.
`;

const ADVERSARY = 0;
const AGENT = 1;
const FIRST_LANDMARK = 2;
const END = 4;
const LANDMARK_COLOURS = [0.1, 0.9, 0.1, 0.1, 0.1, 0.9];
const AGENT_COLOURS = [
  [0.25, 0.75, 0.25],
  [0.25, 0.25, 0.75],
]; // by goal

class SimplePush implements Scenario {
  readonly agents = [agent('adversary_0'), agent('agent_0')];
  readonly landmarks = [landmark('landmark 0', 0.05), landmark('landmark 1', 0.05)];
  readonly messageWidth = 2;
  readonly stateWidth = 1; // the goal, as a landmark index
  readonly stageCount = 1;

  observationWidth(agent: number): number {
    return agent === ADVERSARY ? 8 : 19;
  }

  reset(world: MpeWorld, e: number, generator: Pcg64): void {
    world.state[e] = generator.integers(2);
    world.scatter(e, 0, END, -1, 1, generator);
  }

  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void {
    const goal = FIRST_LANDMARK + world.state[e]!;
    const away = world.distance(e, AGENT, goal);
    out[at] = away - world.distance(e, ADVERSARY, goal);
    out[at + 1] = -away;
  }

  /** The second and third numbers of the agent's colour each belong to a landmark. */
  symmetries(): SymmetryDeclaration {
    const landmarks = range(FIRST_LANDMARK, END);
    const colour = landmarks.map((of) => ({ what: 'colour of the goal', of, axis: null }));
    return {
      columns: (i) =>
        i === ADVERSARY
          ? [...vector('own velocity'), ...vectors('landmark', landmarks), ...vector('agent')]
          : [
              ...vector('own velocity'),
              ...vector('goal'),
              ...numbers('first colour', 1),
              ...colour,
              ...vectors('landmark', landmarks),
              ...numbers('colours of the landmarks', LANDMARK_COLOURS.length),
              ...vector('adversary'),
            ],
      alike: [landmarks],
      plane: true,
    };
  }

  observe(world: MpeWorld, e: number, out: Float32Array, start: number): void {
    const goal = FIRST_LANDMARK + world.state[e]!;
    let at = writeVelocity(world, e, ADVERSARY, out, start);
    at = writeRelative(world, e, FIRST_LANDMARK, END, ADVERSARY, out, at);
    at = writeRelative(world, e, AGENT, AGENT + 1, ADVERSARY, out, at);

    at = writeVelocity(world, e, AGENT, out, at);
    at = writeRelative(world, e, goal, goal + 1, AGENT, out, at);
    at = writeNumbers(AGENT_COLOURS[world.state[e]!]!, out, at);
    at = writeRelative(world, e, FIRST_LANDMARK, END, AGENT, out, at);
    at = writeNumbers(LANDMARK_COLOURS, out, at);
    writeRelative(world, e, ADVERSARY, ADVERSARY + 1, AGENT, out, at);
  }
}

export const simplePush = defineScenario({
  id: 'simple_push_v3',
  manual,
  options: {},
  sides: [['adversary'], ['agent']],
  create: () => new SimplePush(),
});
