/**
 * Controller for simple_crypto; every agent sees its own observation only. Alice says goal XOR key, and Bob takes the key
 * off again; without the key it is noise, so Eve ignores it. Who does not know the goal, as Eve, or Bob before the first
 * message, makes the guess of least expected error: half of each goal; with discrete actions the first goal.
 *
 * Nobody uses the loophole of the reward, which counts a message of zeros as free of error.
 *
 * Observation: eve: Alice's message (4); bob: key (4), Alice's message (4); alice: goal (4), key (4).
 */
import { largest, pair, say, type ControllerFactory } from './controller.ts';

const [EVE, BOB, ALICE] = [0, 1, 2];

export const encipher: ControllerFactory = (spec) => (obs, actions) => {
  const guess = (i: number): void => {
    say(spec, i, 0, false, actions);
    if (spec.agents[i]!.actionKind === 'box') actions.fill(0.5, spec.actOffsets[i], spec.actOffsets[i]! + 2);
  };
  guess(EVE);

  const [first, second] = pair(spec, obs, BOB, 4);
  if (first === second) guess(BOB);
  else say(spec, BOB, largest(spec, obs, BOB, 0, 2) ^ Number(second > first), false, actions);

  say(spec, ALICE, largest(spec, obs, ALICE, 0, 2) ^ largest(spec, obs, ALICE, 4, 2), false, actions);
};
