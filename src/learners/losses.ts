/** The losses that the deterministic actor-critic algorithms share, as graphs; masks leave out agents that took no part. */
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';
import { ownActions } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { actorOutput, jointActions, type Policy } from '../policy/policy.ts';
import type { SampleValues } from './learner.ts';

/** A joint array [B, 1, N] as rows of a group's agents, [B, n, 1]. */
export function ofAgents(graph: GraphBuilder, group: ParameterGroup, x: Value): Value {
  return graph.rows(x, group.agents, 1);
}

/** y = r + (1 - d) gamma q', [B, n, 1], from the next value q' of the target networks. */
export function temporalDifferenceTarget(
  graph: GraphBuilder,
  group: ParameterGroup,
  sample: SampleValues,
  next: Value,
  gamma: number,
): Value {
  const goesOn = graph.subtract(graph.constant(1), ofAgents(graph, group, sample.terminals));
  const future = graph.multiply(goesOn, graph.scale(next, gamma));
  return graph.add(ofAgents(graph, group, sample.rewards), future);
}

/** sum(((q - y) m)^2) / sum(m) */
export function criticLoss(
  graph: GraphBuilder,
  group: ParameterGroup,
  sample: SampleValues,
  q: Value,
  target: Value,
): Value {
  const mask = ofAgents(graph, group, sample.agentMask);
  const errors = graph.multiply(graph.subtract(q, target), mask);
  return graph.divide(graph.sum(graph.square(errors)), activeRows(graph, mask));
}

/** -sum(q m) / sum(m) */
export function actorLoss(graph: GraphBuilder, group: ParameterGroup, sample: SampleValues, q: Value): Value {
  const mask = ofAgents(graph, group, sample.agentMask);
  return graph.scale(graph.divide(graph.sum(graph.multiply(q, mask)), activeRows(graph, mask)), -1);
}

/**
 * sum(m): the number of active rows. Where a group has none, its losses are 0 and nothing pulls at its networks (the
 * original divides by zero there).
 */
function activeRows(graph: GraphBuilder, mask: Value): Value {
  return graph.maximum(graph.sum(mask), graph.constant(1));
}

/** Plain mean over all rows, masked ones included. */
export function mean(graph: GraphBuilder, x: Value): Value {
  return graph.divide(graph.sum(x), graph.count(x));
}

/** The joint action with fresh actions of a group's agents, through which gradients flow, and the sample's for others. */
export function freshActions(
  graph: GraphBuilder,
  policy: Policy,
  group: ParameterGroup,
  sample: SampleValues,
): Value {
  return jointActions(graph, policy, (other) =>
    other === group
      ? actorOutput(graph, policy, group, 'actor', sample.obs)
      : ownActions(graph, policy.spec, other, sample.actions),
  );
}

/** Target actors' joint action on the next observation, [B, 1, SA]. */
export function nextActions(graph: GraphBuilder, policy: Policy, sample: SampleValues): Value {
  return jointActions(graph, policy, (group) =>
    actorOutput(graph, policy, group, 'target_actor', sample.obsNext),
  );
}
