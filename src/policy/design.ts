/**
 * PolicyDesign: the networks an algorithm needs and their input rows. Each learner file declares one; Policy builds the
 * networks, outputsOf() describes their outputs from such rows.
 */
import type { JointSpec } from '../core/joint-spec.ts';
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';
import type { NetworkSpec } from '../engine/network-spec.ts';
import type { ParameterGroup } from './groups.ts';
import { seenObservation } from './hidden-columns.ts';

/**
 * Part of an input row: own or joint observation, own or joint action, one-hot agent id. Joint parts cover all agents, or
 * the group's `criticAgents`; only joint observations show hidden columns.
 */
export type RowPart = 'obs_i' | 'act_i' | 'joint_obs' | 'joint_act' | 'id_i';

/** Networks of an algorithm and their input rows. */
export interface PolicyDesign {
  /** Actor head for Box actions, default deterministic. Discrete actions always use the gumbel head. */
  readonly actorHead?: 'deterministic' | 'gaussian';
  /** Whether each group learns a temperature, the network `alpha/<group>`: one parameter, log_alpha, initially 0. */
  readonly temperature?: boolean;
  /** Parts of an actor's input row, in order. */
  readonly actorInput: readonly RowPart[];
  /** Critic names of each group: one, or two for twin critics. */
  readonly critics: readonly string[];
  /** Parts of a critic's input row, in order. */
  readonly criticInput: readonly RowPart[];
  /** Networks with a target copy, `target_<network>`. */
  readonly targets: readonly string[];
  /** Whether `infer_policies` is supported. Default false. */
  readonly infersOthers?: boolean;
}

/**
 * Parts of an input row that enter a recurrent network's recurrent layers, and those that enter its head: ids and own
 * actions, as in XuanCe, whose joint actions enter the recurrent layers.
 */
export function splitRow(input: readonly RowPart[]): {
  before: readonly RowPart[];
  behind: readonly RowPart[];
} {
  const enters = (part: RowPart): boolean => part !== 'id_i' && part !== 'act_i';
  return { before: input.filter(enters), behind: input.filter((part) => !enters(part)) };
}

/** Which columns of its row, or of its head's behind recurrent layers, hold a network's ids. */
export function idColumns(
  input: readonly RowPart[],
  { recurrent }: NetworkSpec,
  spec: JointSpec,
  group: ParameterGroup,
): { readonly from: number; readonly count: number } {
  const row = recurrent ? splitRow(input).behind : input;
  const at = row.indexOf('id_i');
  if (at < 0) return { from: 0, count: 0 };
  return { from: (recurrent?.width ?? 0) + rowWidth(row.slice(0, at), spec, group), count: group.idWidth };
}

/** Width of an input row. Unused parts (ids of a single agent) have width 0. */
export function rowWidth(input: readonly RowPart[], spec: JointSpec, group: ParameterGroup): number {
  const agent = spec.agents[group.agents[0]!]!;
  const width = {
    obs_i: agent.obsWidth,
    act_i: agent.actWidth,
    joint_obs: total(spec, group, 'obsWidth'),
    joint_act: total(spec, group, 'actWidth'),
    id_i: group.idWidth,
  };
  return input.reduce((sum, part) => sum + width[part], 0);
}

/** Total width over the agents that the group's joint critic sees. */
function total(spec: JointSpec, group: ParameterGroup, width: 'obsWidth' | 'actWidth'): number {
  const seen = group.criticAgents?.map((i) => spec.agents[i]!) ?? spec.agents;
  return seen.reduce((sum, agent) => sum + agent[width], 0);
}

/** Sources of an input row's parts. */
export interface RowSources {
  /** Joint observation, [B, 1, SO] */
  readonly obs: Value;
  /** [B, 1, SA] */
  readonly jointActions?: Value;
  /** Own actions of the group's agents, [B, n, A_i] */
  readonly actions?: Value;
}

/**
 * Outputs of `network`, `<network>/<group>`, for the agents of a group, [B, n, .]; [B, 1, .] if every part is joint and `rows`
 * is 1. Recurrent layers run over all slots of the sources, from `initial` states, or zeros.
 */
export function outputsOf(
  place: GraphOfPolicy,
  network: string,
  input: readonly RowPart[],
  group: ParameterGroup,
  sources: RowSources,
  { rows, initial }: { readonly rows?: number; readonly initial?: readonly Value[] | undefined } = {},
): Value {
  return outputsAndStatesOf(place, network, input, group, sources, initial, rows).outputs;
}

/** A graph, and the policy whose networks are in it. */
export interface GraphOfPolicy {
  readonly graph: GraphBuilder;
  readonly policy: {
    readonly networks: ReadonlyMap<string, NetworkSpec>;
    readonly spec: JointSpec;
  };
}

/** The same, and what the states are in each slot if there are `initial` ones. */
export function outputsAndStatesOf(
  { graph, policy: { networks, spec } }: GraphOfPolicy,
  network: string,
  input: readonly RowPart[],
  group: ParameterGroup,
  sources: RowSources,
  initial: readonly Value[] | undefined,
  rows = group.agents.length,
): { readonly outputs: Value; readonly states: readonly Value[] } {
  const partsOf = (parts: readonly RowPart[]): Value[] => rowParts(graph, parts, spec, group, sources);
  if (!networks.get(network)?.recurrent)
    return { outputs: graph.network(network, partsOf(input), rows), states: [] };
  const { before, behind } = splitRow(input);
  const { out, states } = graph.representation(network, partsOf(before), initial);
  return { outputs: graph.network(network, [out, ...partsOf(behind)], rows), states };
}

/** Graph values of an input row's parts, for the agents of a group. */
export function rowParts(
  graph: GraphBuilder,
  input: readonly RowPart[],
  spec: JointSpec,
  group: ParameterGroup,
  sources: RowSources,
): Value[] {
  return input.flatMap((part): Value[] => {
    switch (part) {
      case 'obs_i':
        return [ownObservations(graph, spec, group, sources.obs)];
      case 'joint_obs':
        return [ofCriticAgents(graph, group, sources.obs, widths(spec, 'obsWidth'), spec.obsOffsets)];
      case 'act_i':
        return sources.actions ? [sources.actions] : [];
      case 'joint_act':
        return sources.jointActions
          ? [ofCriticAgents(graph, group, sources.jointActions, widths(spec, 'actWidth'), spec.actOffsets)]
          : [];
      case 'id_i':
        return group.idWidth > 0
          ? [
              graph.ids(
                group.agents.map((_, i) => i),
                group.idWidth,
              ),
            ]
          : [];
    }
  });
}

function widths(spec: JointSpec, width: 'obsWidth' | 'actWidth'): number[] {
  return spec.agents.map((agent) => agent[width]);
}

/** Columns of a joint array [B, 1, .] that the group's joint critic sees. */
function ofCriticAgents(
  graph: GraphBuilder,
  { criticAgents }: ParameterGroup,
  joint: Value,
  columns: readonly number[],
  offsets: readonly number[],
): Value {
  if (criticAgents === undefined || criticAgents.length === columns.length) return joint;
  return graph.joint(criticAgents.map((i) => ({ x: graph.rows(joint, [offsets[i]!], columns[i]!), row: 0 })));
}

/** Observations of a group's agents as they see them, as rows [B, n, O_i]. */
function ownObservations(graph: GraphBuilder, spec: JointSpec, group: ParameterGroup, obs: Value): Value {
  const offsets = group.agents.map((agent) => spec.obsOffsets[agent]!);
  return graph.rows(seenObservation(graph, spec, obs), offsets, spec.agents[group.agents[0]!]!.obsWidth);
}

/** Replayed actions of a group's agents as rows, [B, n, A_i]. */
export function ownActions(
  graph: GraphBuilder,
  spec: JointSpec,
  group: ParameterGroup,
  actions: Value,
): Value {
  const offsets = group.agents.map((agent) => spec.actOffsets[agent]!);
  return graph.rows(actions, offsets, spec.agents[group.agents[0]!]!.actWidth);
}

/** A number of each sample [B, 1, 1] in `rows` rows. */
export function inRows(graph: GraphBuilder, x: Value, rows: number): Value {
  return graph.rows(x, Array<number>(rows).fill(0), 1);
}
