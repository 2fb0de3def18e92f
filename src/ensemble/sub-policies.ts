/**
 * The networks of policy ensembles (Lowe et al. 2017, section 4.3): every group has K actors, its sub-policies, and one
 * critic. One sub-policy of each group, drawn uniformly, plays an episode (ensemble.ts), and each learns from the episodes
 * that it played.
 */
import type { Ensemble } from './ensemble.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';

/** A parameter group, as far as ensembles know it. */
interface Group {
  /** Agent indices. */
  readonly agents: readonly number[];
}

/** The networks of a group that a design calls `network`: an ensemble's actors are actor_0, actor_1 and so on. */
export function subNetworks(network: string, ensembleSize = 1): string[] {
  if (network !== 'actor' || ensembleSize === 1) return [network];
  return Array.from({ length: ensembleSize }, (_, k) => `actor_${k}`);
}

/** The ensemble of these groups; undefined where each has a single policy. */
export function ensembleOf(spec: JointSpec, groups: readonly Group[], size = 1): Ensemble | undefined {
  if (size === 1) return undefined;
  const groupOfColumn = Uint8Array.from(
    spec.agents.flatMap(({ actWidth }, agent) =>
      new Array<number>(actWidth).fill(groups.findIndex(({ agents }) => agents.includes(agent))),
    ),
  );
  return { size, groups: groups.length, groupOfColumn };
}

/**
 * In each row the outputs [B, n, A_i] of the sub-policy that plays there: the sum over k of outputs[k] times its marks
 * (core/ensemble.ts; `marks` is [B, 1, K SA]). No gradient passes: it is for acting and for targets.
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
