/**
 * Controller for simple_adversary; every agent sees its own observation only. The agents cover all landmarks, matched at
 * minimum total distance whatever the goal is: their motion says nothing about it, so no adversary can expect to be nearer
 * to the goal than to any other landmark. The adversary goes to the landmark that has an agent nearest to it.
 *
 * Observation: agent: goal (2), landmarks (2 each), other agents (2 each); adversary: the same without the goal.
 */
import { Assignment } from '../assignment.ts';
import { cheapest, distance, pairs, push, type ControllerFactory, type Point } from './controller.ts';

/** Force per distance. Velocities are not observed: with more force, agents overshoot. */
const GAIN = 1.5;
const ADVERSARY = 0;

export const conceal: ControllerFactory = (spec) => {
  const n = spec.agents.length - 1; // good agents, and landmarks
  const assignment = new Assignment(n);

  /** The landmark that agent `index` of the team covers. */
  const landmarkOf = (index: number, agents: readonly Point[], landmarks: readonly Point[]): Point => {
    agents.forEach((agent, j) => {
      landmarks.forEach((landmark, l) => {
        assignment.costs[j * n + l] = distance(agent, landmark);
      });
    });
    assignment.solve();
    return landmarks[assignment.columns[index]!]!;
  };

  return (obs, actions) => {
    const agents = pairs(spec, obs, ADVERSARY, 2 * n, n);
    const nearestAgent = (landmark: Point): number =>
      Math.min(...agents.map((agent) => distance(agent, landmark)));
    const [x, y] = cheapest(pairs(spec, obs, ADVERSARY, 0, n), nearestAgent)!;
    push(spec, ADVERSARY, GAIN * x, GAIN * y, actions);

    for (let i = 1; i <= n; i++) {
      const team = pairs(spec, obs, i, 2 + 2 * n + 2, n - 1);
      team.splice(i - 1, 0, [0, 0]); // itself in its place: all of them solve the same problem
      const [x, y] = landmarkOf(i - 1, team, pairs(spec, obs, i, 2, n));
      push(spec, i, GAIN * x, GAIN * y, actions);
    }
  };
};
