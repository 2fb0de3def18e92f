/**
 * simple_crypto: Alice tells Bob one of two goals over a public channel. Both know a key; Eve listens and
 * does not. They have to find a code that Bob can read and Eve cannot.
 *
 * Agents   eve_0, bob_0, alice_0: nobody moves, all send messages of 4 numbers.
 * Bodies   2 landmarks, which stand for the two goals: (1, 0, 0, 0) and (0, 1, 0, 0). Draws: the goal, the
 *          key (one of the same two vectors), then all positions, uniform in [-1, 1)^2, which nobody sees.
 * Action   one of 4 messages (discrete), or 4 numbers in [0, 1] that are the message (continuous_actions).
 * Sees     eve: Alice's message of this step (4); bob: the key (4), Alice's message (4); alice: the goal (4),
 *          the key (4).
 * Reward   eve: -err(eve); bob and alice: err(eve) - err(bob)
 *          err(x) = sum over k of (message_k of x - goal_k)^2, and 0 where the message is all zeros
 *          So what Alice sends is not scored, and neither Bob's nor Eve's message is seen by anybody: it is
 *          their guess. With one-hot messages err is 0 or 2.
 * Ends     after max_cycles steps (a truncation).
 * Benchmark data: [message of the agent, goal].
 * Options  the common ones.
 */

import type { Pcg64 } from '../../../core/random.ts';
import type { Scenario } from '../scenario.ts';
import { defineScenario } from '../scenario.ts';
import type { MpeWorld } from '../world.ts';
import { writeMessage, writeNumbers } from '../observations.ts';
import { agent, landmark } from '../bodies.ts';

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

  /** Squared distance of an agent's message to the goal. */
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
  summary:
    'Alice tells Bob one of two goals over a public channel, with a key that both know. Eve listens without ' +
    'the key. They have to find a code that Bob can read and Eve cannot.',
  options: {},
  create: () => new SimpleCrypto(),
});
