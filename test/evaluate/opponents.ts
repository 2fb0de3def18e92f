import { jointSpec } from '../../src/core/joint-spec.ts';

/** An adversary with actions in [-1, 3], and two agents with pairs of numbers in [0, 1]. */
export const OPPONENTS = jointSpec(
  [
    { name: 'adversary_0', team: 'adversary', actWidth: 1, actionLow: -1, actionHigh: 3 },
    { name: 'agent_0', team: 'agent', actWidth: 2, actionLow: 0, actionHigh: 1 },
    { name: 'agent_1', team: 'agent', actWidth: 2, actionLow: 0, actionHigh: 1 },
  ].map((agent) => ({ ...agent, obsWidth: 1, actionKind: 'box' as const })),
);
