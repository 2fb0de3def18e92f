/**
 * Controller of simple_tag. Every adversary runs to where the nearest agent is about to be. Every agent runs away
 * from the adversaries, the harder the nearer they are, and keeps off the edge of the arena.
 *
 * Observations: velocity (2), position (2), obstacles (2 each), others (2 each), velocities of other agents.
 */
import { pair, push, team, type ControllerFactory } from './controller.ts';

/** Steps that an adversary looks ahead, a step being 0.1. */
const AHEAD = 3;
/** The edge pushes back from here on. */
const EDGE = 0.7;

export const chase: ControllerFactory = (spec) => {
  const adversaries = team(spec, 'adversary');
  const prey = team(spec, 'agent');
  return (obs, actions) => {
    const positions = spec.agents.map((_, i) => pair(spec, obs, i, 2));
    const away = (from: number, to: number): [number, number] => [
      positions[to]![0] - positions[from]![0],
      positions[to]![1] - positions[from]![1],
    ];
    for (const i of adversaries) {
      const ways = prey.map((j): [number, number] => {
        const [x, y] = away(i, j);
        const [vx, vy] = pair(spec, obs, j, 0);
        return [x + 0.1 * AHEAD * vx, y + 0.1 * AHEAD * vy];
      });
      const [x, y] = ways.reduce((a, b) => (lengthOf(b) < lengthOf(a) ? b : a));
      const [vx, vy] = pair(spec, obs, i, 0);
      push(spec, i, 10 * (x - 0.1 * AHEAD * vx), 10 * (y - 0.1 * AHEAD * vy), actions);
    }
    for (const j of prey) {
      let [fx, fy] = [0, 0];
      for (const i of adversaries) {
        const [x, y] = away(i, j);
        const square = x * x + y * y;
        fx += (0.3 * x) / square;
        fy += (0.3 * y) / square;
      }
      const [x, y] = positions[j]!;
      push(spec, j, fx - beyondEdge(x), fy - beyondEdge(y), actions);
    }
  };
};

function lengthOf([x, y]: readonly [number, number]): number {
  return Math.sqrt(x * x + y * y);
}

/** How hard the edge pushes back, with the sign of the coordinate. */
function beyondEdge(x: number): number {
  return 10 * (Math.max(0, x - EDGE) + Math.min(0, x + EDGE));
}
