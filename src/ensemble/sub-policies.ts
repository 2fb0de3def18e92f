/**
 * Networks of policy ensembles (Lowe et al. 2017, section 4.3): every group has K actors (sub-policies) and one critic.
 * Each episode is played by one uniformly drawn sub-policy per group (ensemble.ts), which learns from its own episodes.
 */
import type { Ensemble } from './ensemble.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';

/** A parameter group, as ensembles see it. */
interface Group {
  /** Agent indices. */
  readonly agents: readonly number[];
}

/** Name prefixes for a design's `network`: itself, or actor_0, actor_1, ... for an ensemble's actors. */
export function subNetworks(network: string, ensembleSize = 1): string[] {
  if (network !== 'actor' || ensembleSize === 1) return [network];
  return Array.from({ length: ensembleSize }, (_, k) => `actor_${k}`);
}

/** The ensemble of these groups; undefined if `size` is 1. */
export function ensembleOf(spec: JointSpec, groups: readonly Group[], size = 1): Ensemble | undefined {
  if (size === 1) return undefined;
  const groupOfColumn = Uint16Array.from(
    spec.agents.flatMap(({ actWidth }, agent) =>
      new Array<number>(actWidth).fill(groups.findIndex(({ agents }) => agents.includes(agent))),
    ),
  );
  return { size, groups: groups.length, groupOfColumn };
}

/**
 * Per row, the outputs [B, n, A_i] of the sub-policy that plays it: sum over k of outputs[k] times its marks (`marks`:
 * [B, 1, K SA], see ensemble.ts). For acting and targets only: no gradient flows.
 */
export function playedOutputs(
  graph: GraphBuilder,
  { agents, actOffsets, actTotal }: JointSpec,
  group: Group,
  outputs: readonly Value[],
  marks: Value,
): Value {
  const { actWidth } = agents[group.agents[0]!]!;
  const chosen = outputs.map((output, k) => {
    const offsets = group.agents.map((agent) => k * actTotal + actOffsets[agent]!);
    return graph.multiply(output, graph.rows(marks, offsets, actWidth));
  });
  return chosen.reduce((sum, one) => graph.add(sum, one));
}
