/**
 * What an action means: how wide each agent's action is, and the force and message it stands for. The
 * rollout's side of it is a row of a joint array [SA]; ParallelEnv turns people's actions into such rows.
 *
 * Box actions lie in [0, 1] and are clipped to it: five numbers (ignored, left, right, down, up) of an
 * agent that moves, then C numbers of its message where it speaks. Discrete actions are one choice of
 * movement (none, left, right, down, up) and message: choice = message * 5 + movement.
 */
import { EnvironmentError } from '../errors.ts';
import type { Space } from '../spaces.ts';
import { box, discrete } from '../spaces.ts';
import type { Agent, MpeWorld } from './world.ts';

const MOVES = 5;

/** The action space of an agent. */
export function actionSpaceOf(agent: Agent, messageWidth: number, continuous: boolean): Space {
  if (continuous) return box((agent.movable ? MOVES : 0) + (agent.silent ? 0 : messageWidth), 0, 1);
  return discrete((agent.movable ? MOVES : 1) * (agent.silent ? 1 : messageWidth));
}

/** Writes the force of `agent` (into world.force) and its message, from its columns of a joint action row. */
export type Decode = (world: MpeWorld, e: number, agent: number, actions: Float32Array, at: number) => void;

/** x in [0, 1]. A number that is none gives no sensible force: it is refused. */
function clipped(x: number, world: MpeWorld, agent: number): number {
  if (x >= 0 && x <= 1) return x;
  if (x < 0) return 0;
  if (x > 1) return 1;
  throw new EnvironmentError(`actions.${world.agents[agent]!.name}`, 'numbers', x);
}

export const decodeBox: Decode = (world, e, agent, actions, at) => {
  const { movable, silent } = world.agents[agent]!;
  let next = at;
  if (movable) {
    const accel = world.accels[e * world.agentCount + agent]!;
    const left = clipped(actions[at + 1]!, world, agent);
    const right = clipped(actions[at + 2]!, world, agent);
    const down = clipped(actions[at + 3]!, world, agent);
    const up = clipped(actions[at + 4]!, world, agent);
    // The actions are float32, and so is their difference upstream; adding it to 0 there leaves no -0.
    world.force[agent * 2] = (0 + Math.fround(right - left)) * accel;
    world.force[agent * 2 + 1] = (0 + Math.fround(up - down)) * accel;
    next += MOVES;
  }
  if (!silent) {
    const c = (e * world.agentCount + agent) * world.messageWidth;
    for (let k = 0; k < world.messageWidth; k++)
      world.messages[c + k] = clipped(actions[next + k]!, world, agent);
  }
};

/** The largest score's index, the first of equals. */
function choiceOf(world: MpeWorld, agent: number, scores: Float32Array, at: number, n: number): number {
  let choice = -1;
  let best = -Infinity;
  for (let k = 0; k < n; k++) {
    const score = scores[at + k]!;
    if (score > best) {
      best = score;
      choice = k;
    } else if (Number.isNaN(score)) {
      throw new EnvironmentError(`actions.${world.agents[agent]!.name}`, 'one number a choice', score);
    }
  }
  return choice < 0 ? 0 : choice;
}

export const decodeDiscrete: Decode = (world, e, agent, actions, at) => {
  const { movable, silent } = world.agents[agent]!;
  const moves = movable ? MOVES : 1;
  const n = moves * (silent ? 1 : world.messageWidth);
  const choice = choiceOf(world, agent, actions, at, n);
  if (movable) {
    const accel = world.accels[e * world.agentCount + agent]!;
    const move = choice % MOVES;
    world.force[agent * 2] = (move === 1 ? -1 : move === 2 ? 1 : 0) * accel;
    world.force[agent * 2 + 1] = (move === 3 ? -1 : move === 4 ? 1 : 0) * accel;
  }
  if (!silent) {
    const c = (e * world.agentCount + agent) * world.messageWidth;
    world.messages.fill(0, c, c + world.messageWidth);
    world.messages[c + Math.floor(choice / moves)] = 1;
  }
};
