/** simple_crypto_v3 as in MPE2 1.1.1, documented by `manual`. */

import type { Pcg64 } from '../../../core/random.ts';
import { agent, landmark } from '../bodies.ts';
import { writeMessage, writeNumbers } from '../observations.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario } from '../scenario.ts';
import type { MpeWorld } from '../world.ts';

const manual = `simple_crypto: Alice sends Bob one of two goals over a public channel. Both know
a key; Eve listens without it. Alice and Bob need a code that Bob can read and
Eve cannot (covert communication).

Agents     eve_0, bob_0, alice_0: stationary; all send messages of 4 numbers.
Landmarks  2, one for each goal: (1, 0, 0, 0) and (0, 1, 0, 0).
Start      the goal, the key (one of the same two vectors), then all positions
           uniform in [-1, 1)^2, which nobody observes.
Actions    one of 4 messages; with continuous_actions, 4 numbers in [0, 1], the
           message itself.
Observes   eve: Alice's message of this step (4); bob: the key (4), Alice's
           message (4); alice: the goal (4), the key (4).
Reward     eve: -err(eve); bob and alice: err(eve) - err(bob)
           err(x) = sum over k of (message_k of x - goal_k)^2, or 0 if the
           message is all zeros
           Alice's message is not scored. Bob's and Eve's messages are their
           guesses; nobody observes them. One-hot messages give err 0 or 2.
Ends       after max_cycles steps (truncation).
Benchmark  [own message, goal].
Options    the common ones, listed below.
`;

const EVE = 0;
const BOB = 1;
const ALICE = 2;
const MESSAGE_WIDTH = 4;
const CODES = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
];

class SimpleCrypto implements Scenario {
  readonly agents = ['eve_0', 'bob_0', 'alice_0'].map((name) =>
    agent(name, { collide: false, movable: false, silent: false }),
  );
  readonly landmarks = [landmark('landmark 0', 0.05), landmark('landmark 1', 0.05)];
  readonly messageWidth = MESSAGE_WIDTH;
  readonly stateWidth = 2; // goal, key: each an index into CODES
  readonly stageCount = 1;

  observationWidth(agent: number): number {
    return agent === EVE ? 4 : 8;
  }

  reset(world: MpeWorld, e: number, generator: Pcg64): void {
    world.state[2 * e] = generator.integers(2);
    world.state[2 * e + 1] = generator.integers(2);
    world.scatter(e, 0, world.entityCount, -1, 1, generator);
  }

  rewards(world: MpeWorld, e: number, out: Float64Array, at: number): void {
    const eve = this.#error(world, e, EVE);
    const bob = this.#error(world, e, BOB);
    out[at] = -eve;
    out[at + BOB] = eve - bob;
    out[at + ALICE] = eve - bob;
  }

  observe(world: MpeWorld, e: number, out: Float32Array, start: number): void {
    const goal = CODES[world.state[2 * e]!]!;
    const key = CODES[world.state[2 * e + 1]!]!;
    let at = writeMessage(world, e, ALICE, out, start);
    at = writeNumbers(key, out, at);
    at = writeMessage(world, e, ALICE, out, at);
    at = writeNumbers(goal, out, at);
    writeNumbers(key, out, at);
  }

  benchmark(world: MpeWorld, e: number, i: number): readonly (readonly number[])[] {
    const c = (e * world.agentCount + i) * MESSAGE_WIDTH;
    return [[...world.messages.subarray(c, c + MESSAGE_WIDTH)], CODES[world.state[2 * e]!]!];
  }

  /** Squared distance between an agent's message and the goal, 0 for no message. */
  #error(world: MpeWorld, e: number, i: number): number {
    const goal = CODES[world.state[2 * e]!]!;
    const c = (e * world.agentCount + i) * MESSAGE_WIDTH;
    let silent = true;
    let error = 0;
    for (let k = 0; k < MESSAGE_WIDTH; k++) {
      const component = world.messages[c + k]!;
      if (component !== 0) silent = false;
      const difference = component - goal[k]!;
      error += difference * difference;
    }
    return silent ? 0 : error;
  }
}

export const simpleCrypto = defineScenario({
  id: 'simple_crypto_v3',
  manual,
  options: {},
  sides: [['eve'], ['bob', 'alice']],
  create: () => new SimpleCrypto(),
});
