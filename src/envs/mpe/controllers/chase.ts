/**
 * Controller for simple_tag. Each adversary heads for the predicted position of the nearest prey. Prey are repelled by
 * adversaries in inverse proportion to distance, and by the edge of the arena.
 *
 * Observation: velocity (2), position (2), obstacles (2 each), others (2 each), velocities of the other prey (2 each).
 */
import { pair, push, team, type ControllerFactory } from './controller.ts';

/** Steps that an adversary looks ahead; a step is 0.1 time units. */
const AHEAD = 3;
/** Coordinate from which the edge repels. */
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

/** Repulsion of the edge, with the sign of the coordinate. */
function beyondEdge(x: number): number {
  return 10 * (Math.max(0, x - EDGE) + Math.min(0, x + EDGE));
}
