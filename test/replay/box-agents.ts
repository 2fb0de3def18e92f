import { jointSpec, type JointSpec } from '../../src/core/joint-spec.ts';

/** Agents with Box actions, of these widths. */
export function boxAgents(...widths: readonly (readonly [obs: number, act: number])[]): JointSpec {
  return jointSpec(
    widths.map(([obsWidth, actWidth], i) => ({
      ...{ name: `agent_${i}`, team: 'agent', obsWidth, actWidth },
      ...{ actionKind: 'box' as const, actionLow: 0, actionHigh: 1 },
    })),
  );
}
