/** How actors act, as graphs: their outputs, sampled and joint actions, and who plays in an ensemble. */
import { playedOutputs } from '../ensemble/sub-policies.ts';
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';
import { headOf, sampledActions } from './actor-head.ts';
import { outputsOf, ownActions } from './design.ts';
import type { ParameterGroup } from './groups.ts';
import type { Policy } from './policy.ts';

/** The columns of a joint action mask [B, 1, SA] for a group's agents, [B, n, A_i]; none without a mask or for Box. */
export function allowedOf(
  graph: GraphBuilder,
  policy: Policy,
  group: ParameterGroup,
  mask: Value | undefined,
): Value | undefined {
  if (mask === undefined || headOf(policy, group) !== 'gumbel') return undefined;
  return ownActions(graph, policy.spec, group, mask);
}

/** A group's sampled actions, [B, n, A_i], from its actor's outputs, joint noise [B, 1, SA] and joint action mask. */
export function sampleOf(
  graph: GraphBuilder,
  policy: Policy,
  group: ParameterGroup,
  {
    outputs,
    noise,
    mask,
  }: { readonly outputs: Value; readonly noise: Value; readonly mask: Value | undefined },
): Value {
  const head = headOf(policy, group);
  const own = head === 'deterministic' ? noise : ownActions(graph, policy.spec, group, noise);
  return sampledActions(graph, head, policy.options, outputs, own, allowedOf(graph, policy, group, mask));
}

/** An ensemble's marks of who plays in each row (ensemble/ensemble.ts), [B, 1, K SA]. */
export function marksInput(graph: GraphBuilder, policy: Policy, name: string): Value | undefined {
  const { ensemble, spec } = policy;
  return ensemble && graph.input(name, 1, ensemble.size * spec.actTotal);
}

/** Outputs [B, n, .] of a group's online or target actor: of an ensemble, the one that `marks` says plays in the row. */
export function playingOutput(
  graph: GraphBuilder,
  policy: Policy,
  group: ParameterGroup,
  prefix: '' | 'target_',
  obs: Value,
  marks: Value | undefined,
): Value {
  const outputs = policy
    .subNetworks('actor')
    .map((actor) => actorOutput(graph, policy, group, prefix + actor, obs));
  return marks ? playedOutputs(graph, policy.spec, group, outputs, marks) : outputs[0]!;
}

/**
 * Outputs of an actor for a group's agents, [B, n, .]; `actor` is `actor`, `actor_1`, `target_actor` and so on. Recurrent ones
 * begin with `initial` states, or zeros.
 */
export function actorOutput(
  graph: GraphBuilder,
  policy: Policy,
  group: ParameterGroup,
  actor: string,
  obs: Value,
  initial?: readonly Value[],
): Value {
  const { actorInput } = policy.designOf(group);
  return outputsOf({ graph, policy }, `${actor}/${group.name}`, actorInput, group, { obs }, { initial });
}

/** Every group's own actions side by side in agent order, [B, 1, SA]. */
export function jointActions(
  graph: GraphBuilder,
  { groups, spec }: Pick<Policy, 'groups' | 'spec'>,
  ofGroup: (group: ParameterGroup) => Value,
): Value {
  const pieces = new Map<number, { x: Value; row: number }>();
  for (const group of groups) {
    const x = ofGroup(group);
    group.agents.forEach((agent, row) => pieces.set(agent, { x, row }));
  }
  return graph.joint(spec.agents.map((_, agent) => pieces.get(agent)!));
}
