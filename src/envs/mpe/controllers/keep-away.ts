/**
 * Controller for simple_push; every agent sees its own observation only. The agent runs to its goal and stands firm. The
 * adversary takes the landmark nearer to the agent for the goal, in between while that is open, and stands on it, on the
 * agent's side.
 *
 * Observation: agent: velocity (2), goal (2), own colour (3), landmarks (4), their colours (6), adversary (2);
 * adversary: velocity (2), landmarks (4), agent (2).
 */
import { distance, pair, push, type ControllerFactory, type Point } from './controller.ts';

const [ADVERSARY, AGENT] = [0, 1];
// steer() with more force, which is what decides who gives way. Tuned, like the rest, against scripted and trained opponents.
const GAIN = 16;
const LOOKAHEAD = 0.2;
/** Where the adversary stands, from the goal towards the agent. */
const GUARD = 0.03;

export const keepAway: ControllerFactory = (spec) => (obs, actions) => {
  const run = (i: number, [x, y]: Point): void => {
    const [vx, vy] = pair(spec, obs, i, 0);
    push(spec, i, GAIN * (x - LOOKAHEAD * vx), GAIN * (y - LOOKAHEAD * vy), actions);
  };
  run(AGENT, pair(spec, obs, AGENT, 2));

  const [first, second] = [pair(spec, obs, ADVERSARY, 2), pair(spec, obs, ADVERSARY, 4)];
  const agent = pair(spec, obs, ADVERSARY, 6);
  // Sure of a landmark where the agent is on it, in between where it is as far from both.
  const [d1, d2] = [distance(agent, first), distance(agent, second)];
  const goal = towards(first, second, (d1 * d1) / (d1 * d1 + d2 * d2));
  const away = distance(agent, goal);
  run(ADVERSARY, away > GUARD ? towards(goal, agent, GUARD / away) : agent);
};

/** The point at a share of the way from a to b. */
function towards([ax, ay]: Point, [bx, by]: Point, share: number): Point {
  return [ax + share * (bx - ax), ay + share * (by - ay)];
}
