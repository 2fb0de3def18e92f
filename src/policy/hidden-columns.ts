/**
 * Hidden columns: those of an observation that actors do not see (hide_velocity). Updates and acting put zeros in their place, as
 * environments may fill them for critics (use_global_state). The weights that would read them are zero: exported actors take
 * MPE2's observations as they are.
 */
import type { AgentSpec, JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';
import { layersOf, recurrentLayersOf, type NetworkSpec } from '../engine/network-spec.ts';
import type { ParameterGroup } from './groups.ts';

/** Columns of the joint observation side by side that are all hidden, or all seen. */
interface Run {
  readonly from: number;
  readonly count: number;
  readonly hidden: boolean;
}

function runsOf({ agents }: JointSpec): Run[] {
  const isHidden = agents.flatMap(({ obsWidth, hidden }) => {
    const columns = new Set(hidden);
    return Array.from({ length: obsWidth }, (_, column) => columns.has(column));
  });
  const starts = isHidden.flatMap((now, column) => (now === isHidden[column - 1] ? [] : [column]));
  return starts.map((from, k) => ({
    ...{ from, count: (starts[k + 1] ?? isHidden.length) - from, hidden: isHidden[from]! },
  }));
}

/** What agents see of the joint observation [B, 1, SO]: the same, with zeros in hidden columns. */
export function seenObservation(graph: GraphBuilder, spec: JointSpec, obs: Value): Value {
  const runs = runsOf(spec);
  if (!runs.some(({ hidden }) => hidden)) return obs;
  const pieces = runs.map(({ from, count, hidden }) => {
    const piece = graph.rows(obs, [from], count);
    return { x: hidden ? graph.scale(piece, 0) : piece, row: 0 };
  });
  return graph.joint(pieces);
}

/** Throws UserError unless agents that share networks have the same columns hidden. */
export function requireEquallyHidden(spec: JointSpec, groups: readonly ParameterGroup[]): void {
  for (const { agents } of groups) {
    const [first, ...others] = agents.map((i) => spec.agents[i]!);
    const columns = ({ hidden = [] }: AgentSpec): string => hidden.join();
    const other = others.find((agent) => columns(agent) !== columns(first!));
    if (other)
      throw new UserError(
        'use_parameter_sharing: expected agents that share networks to have the same columns hidden ' +
          `(env_options.hide_velocity), got ${first!.name} and ${other.name}; set it to teams or false`,
      );
  }
}

/** Sets the weights of an actor's block to zero that would read hidden columns; observations are the first in its row. */
export function clearHidden(block: Float32Array, spec: NetworkSpec, { hidden = [] }: AgentSpec): void {
  const clear = (weight: number, inputs: number, outputs: number): void => {
    for (let row = 0; row < outputs; row++)
      for (const column of hidden) block[weight + row * inputs + column] = 0;
  };
  const [recurrent] = recurrentLayersOf(spec);
  const [dense] = layersOf(spec);
  if (spec.recurrent?.fc.length === 0) clear(recurrent!.inputWeight, recurrent!.inputs, recurrent!.gates);
  else clear(dense!.weight, dense!.inputs, dense!.outputs);
}
