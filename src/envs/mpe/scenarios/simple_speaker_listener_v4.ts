/** simple_speaker_listener_v4 as in MPE2 1.1.1, documented by `manual`. */

import type { Pcg64 } from '../../../core/random.ts';
import { agent, landmark } from '../bodies.ts';
import { writeMessage, writeNumbers, writeRelative, writeVelocity } from '../observations.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario } from '../scenario.ts';
import type { SymmetryDeclaration } from '../symmetries.ts';
import { numbers, range, vector, vectors } from '../symmetries.ts';
import type { MpeWorld } from '../world.ts';

const manual = `simple_speaker_listener: a stationary speaker sees the colour of the goal; a
listener moves and sees three landmarks, but not which one is the goal. They
have to agree on a language.

Agents     speaker_0 (stationary, messages of 3 numbers), listener_0 (moves,
           silent): radius 0.075. Nothing collides.
Landmarks  3, radius 0.04.
Start      the goal, then all positions (agents first, speaker included),
           uniform in [-1, 1)^2; at rest.
Actions    speaker: one of 3 messages; listener: one of 5 moves (none, left,
           right, down, up). With continuous_actions, numbers in [0, 1]: 3 for
           the message, 5 for the moves.
Observes   speaker: colour of the goal (3); listener: own velocity (2),
           relative positions of the landmarks (6), the speaker's message of
           this step (3).
Reward     both: minus the squared distance from the listener to the goal.
Ends       after max_cycles steps (truncation).
Benchmark  the reward.
Options    the common ones, listed below.
`;

const SPEAKER = 0;
const LISTENER = 1;
const FIRST_LANDMARK = 2;
const END = 5;
const COLOURS = [
  [0.65, 0.15, 0.15],
  [0.15, 0.65, 0.15],
  [0.15, 0.15, 0.65],
];

class SimpleSpeakerListener implements Scenario {
  readonly agents = [
    agent('speaker_0', { size: 0.075, collide: false, movable: false, silent: false }),
    agent('listener_0', { size: 0.075, collide: false }),
  ];
  readonly landmarks = [0, 1, 2].map((l) => landmark(`landmark ${l}`, 0.04));
  readonly messageWidth = 3;
  readonly stateWidth = 1; // the goal, as a landmark index
  readonly stageCount = 1;

  observationWidth(agent: number): number {
    return agent === SPEAKER ? 3 : 11;
  }

  reset(world: MpeWorld, e: number, generator: Pcg64): void {
    world.state[e] = generator.integers(3);
    world.scatter(e, 0, END, -1, 1, generator);
  }

  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void {
    const reward = this.benchmark(world, e);
    out[at] = reward;
    out[at + 1] = reward;
  }

  observe(world: MpeWorld, e: number, out: Float32Array, start: number): void {
    let at = writeNumbers(COLOURS[world.state[e]!]!, out, start);
    at = writeVelocity(world, e, LISTENER, out, at);
    at = writeRelative(world, e, FIRST_LANDMARK, END, LISTENER, out, at);
    writeMessage(world, e, SPEAKER, out, at);
  }

  /**
   * Only the plane. Permuting landmarks with their colours, or messages, would be exact too, but such samples would teach
   * the listener that every message means every goal.
   */
  symmetries(): SymmetryDeclaration {
    return {
      columns: (i) =>
        i === SPEAKER
          ? numbers('colour of the goal', 3)
          : [
              ...vector('own velocity'),
              ...vectors('landmark', range(FIRST_LANDMARK, END)),
              ...numbers('message', this.messageWidth),
            ],
      alike: [],
      plane: true,
    };
  }

  benchmark(world: MpeWorld, e: number): number {
    return -world.squaredDistance(e, LISTENER, FIRST_LANDMARK + world.state[e]!);
  }
}

export const simpleSpeakerListener = defineScenario({
  id: 'simple_speaker_listener_v4',
  manual,
  options: {},
  create: () => new SimpleSpeakerListener(),
});
