/**
 * Controllers for scenarios in which agents have to agree on a language: simple_speaker_listener and simple_reference.
 * Here message k means landmark k. The first message reaches the listener after the first step.
 */
import { largest, pair, say, steer, type ControllerFactory } from './controller.ts';

/** simple_speaker_listener: speaker: colour of the goal (3); listener: velocity (2), landmarks (6), message (3). */
export const speakAndListen: ControllerFactory = (spec) => (obs, actions) => {
  say(spec, 0, largest(spec, obs, 0, 0, 3), false, actions);
  const told = largest(spec, obs, 1, 8, 3);
  steer(spec, 1, pair(spec, obs, 1, 2 + 2 * told), pair(spec, obs, 1, 0), actions);
};

/** simple_reference: velocity (2), landmarks (6), colour of the other's goal (3), the other's message (10). */
export const tellEachOther: ControllerFactory = (spec) => (obs, actions) => {
  for (let i = 0; i < 2; i++) {
    const told = largest(spec, obs, i, 11, 3);
    steer(spec, i, pair(spec, obs, i, 2 + 2 * told), pair(spec, obs, i, 0), actions);
    say(spec, i, largest(spec, obs, i, 8, 3), true, actions);
  }
};
