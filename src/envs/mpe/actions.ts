/**
 * Action spaces, and decoding of joint actions [E, SA] into forces and messages.
 *
 * Box actions are clipped to [0, 1]: five numbers (ignored, left, right, down, up) if the agent moves, then C numbers of
 * message if it speaks. A Discrete action is one choice of move (none, left, right, down, up) and message:
 * choice = message * 5 + move.
 */
import { EnvironmentError } from '../errors.ts';
import type { Space } from '../spaces.ts';
import { box, discrete } from '../spaces.ts';
import type { Agent } from './bodies.ts';
import type { MpeWorld } from './world.ts';

/** none, left, right, down, up */
export const MOVES = 5;

export function actionSpaceOf(agent: Agent, messageWidth: number, continuous: boolean): Space {
  if (continuous) return box((agent.movable ? MOVES : 0) + (agent.silent ? 0 : messageWidth), 0, 1);
  return discrete((agent.movable ? MOVES : 1) * (agent.silent ? 1 : messageWidth));
}

/** Decodes joint actions [E, SA] into world.force and world.messages. @throws EnvironmentError for NaN */
export type Decode = (world: MpeWorld, actions: Float32Array) => void;

function refuse(world: MpeWorld, agent: number, expected: string, value: number): never {
  throw new EnvironmentError(`actions.${world.agents[agent]!.name}`, expected, value);
}

/** Clips x to [0, 1]; NaN stays NaN. */
function clipped(x: number): number {
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

export const decodeBox: Decode = (world, actions) => {
  const { count, force, messages, accels, movable, silent, agentCount, messageWidth } = world;
  let at = 0;
  for (let e = 0; e < count; e++) {
    for (let i = 0; i < agentCount; i++) {
      const agent = e * agentCount + i;
      if (movable[i] === 1) {
        const accel = accels[agent]!;
        // MPE2 subtracts in float32 and adds the result to 0, which turns -0 into 0.
        const x = 0 + Math.fround(clipped(actions[at + 2]!) - clipped(actions[at + 1]!));
        const y = 0 + Math.fround(clipped(actions[at + 4]!) - clipped(actions[at + 3]!));
        // The sum is NaN if either is.
        if (Number.isNaN(x + y)) refuse(world, i, 'numbers', x + y);
        force[agent * 2] = x * accel;
        force[agent * 2 + 1] = y * accel;
        at += MOVES;
      }
      if (silent[i] === 1) continue;
      for (let k = 0; k < messageWidth; k++) {
        const component = clipped(actions[at++]!);
        if (Number.isNaN(component)) refuse(world, i, 'numbers', component);
        messages[agent * messageWidth + k] = component;
      }
    }
  }
};

/** Argmax of n scores, the first of equals. */
function choiceOf(world: MpeWorld, agent: number, scores: Float32Array, at: number, n: number): number {
  let choice = 0;
  let best = -Infinity;
  for (let k = 0; k < n; k++) {
    const score = scores[at + k]!;
    if (score > best) {
      best = score;
      choice = k;
    } else if (Number.isNaN(score)) {
      refuse(world, agent, 'one number per choice', score);
    }
  }
  return choice;
}

export const decodeDiscrete: Decode = (world, actions) => {
  const { count, force, messages, accels, movable, silent, agentCount, messageWidth } = world;
  let at = 0;
  for (let e = 0; e < count; e++) {
    for (let i = 0; i < agentCount; i++) {
      const agent = e * agentCount + i;
      const moves = movable[i] === 1 ? MOVES : 1;
      const width = moves * (silent[i] === 1 ? 1 : messageWidth);
      const choice = choiceOf(world, i, actions, at, width);
      at += width;
      if (movable[i] === 1) {
        const accel = accels[agent]!;
        const move = choice % MOVES;
        force[agent * 2] = (move === 1 ? -1 : move === 2 ? 1 : 0) * accel;
        force[agent * 2 + 1] = (move === 3 ? -1 : move === 4 ? 1 : 0) * accel;
      }
      if (silent[i] === 1) continue;
      const message = agent * messageWidth;
      for (let k = 0; k < messageWidth; k++) messages[message + k] = 0;
      messages[message + Math.floor(choice / moves)] = 1;
    }
  }
};
