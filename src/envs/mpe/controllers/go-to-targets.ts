/**
 * Controllers for scenarios in which agents occupy target points: simple, simple_spread, simple_formation, simple_line.
 * Every step assigns agents to targets at minimum total distance, and each steers to its own.
 */
import { cos, sin } from '../../../core/math.ts';
import { Assignment } from '../assignment.ts';
import { pair, steer, type ControllerFactory, type Point } from './controller.ts';

/** simple: velocity (2), landmark (2). */
export const goToLandmark: ControllerFactory = (spec) => (obs, actions) => {
  steer(spec, 0, pair(spec, obs, 0, 2), pair(spec, obs, 0, 0), actions);
};

/** Observation: velocity (2), position (2), then columns from which `targetsOf` derives the targets relative to agent 0. */
function goToTargets(
  targetsOf: (n: number, column: (c: number) => Point) => readonly Point[],
): ControllerFactory {
  return (spec) => {
    const n = spec.agents.length;
    const assignment = new Assignment(n);
    return (obs, actions) => {
      const [x0, y0] = pair(spec, obs, 0, 2);
      const targets = targetsOf(n, (c) => pair(spec, obs, 0, c));
      const toTarget = (i: number, j: number): Point => {
        const [x, y] = pair(spec, obs, i, 2);
        return [targets[j]![0] + x0 - x, targets[j]![1] + y0 - y];
      };
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          const [dx, dy] = toTarget(i, j);
          assignment.costs[i * n + j] = Math.sqrt(dx * dx + dy * dy);
        }
      assignment.solve();
      for (let i = 0; i < n; i++)
        steer(spec, i, toTarget(i, assignment.columns[i]!), pair(spec, obs, i, 0), actions);
    };
  };
}

/** simple_spread: the landmarks. */
export const cover = goToTargets((n, column) => Array.from({ length: n }, (_, l) => column(4 + 2 * l)));

/**
 * simple_formation: N points around the landmark at angles (j + 1/2) 2 pi / N. The scenario's own targets turn with the
 * agents, and coincide with these once the agents have arrived.
 */
export const encircle = goToTargets((n, column) => {
  const [x, y] = column(4);
  return Array.from({ length: n }, (_, j): Point => {
    const angle = ((j + 0.5) * 2 * Math.PI) / n;
    return [x + 0.5 * cos(angle), y + 0.5 * sin(angle)];
  });
});

/** simple_line: N points from the first landmark to the second. */
export const lineUp = goToTargets((n, column) => {
  const [ax, ay] = column(4);
  const [bx, by] = column(6);
  return Array.from({ length: n }, (_, j): Point => {
    const share = n === 1 ? 0 : j / (n - 1);
    return [ax + share * (bx - ax), ay + share * (by - ay)];
  });
});
