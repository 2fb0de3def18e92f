/** The losses that the deterministic actor-critic algorithms share, as graphs; masks leave out agents that took no part. */
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';
import { greedyActions, headOf } from '../policy/actor-head.ts';
import { ownActions, rowParts, type RowSources } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { actorOutput, jointActions, sampleOf, type Policy } from '../policy/policy.ts';
import type { LearnerConfig, SampleValues } from './learner.ts';

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
  return graph.scale(maskedMean(graph, group, sample, q), -1);
}

/** sum(x m) / sum(m) */
export function maskedMean(
  graph: GraphBuilder,
  group: ParameterGroup,
  sample: SampleValues,
  x: Value,
): Value {
  const mask = ofAgents(graph, group, sample.agentMask);
  return graph.divide(graph.sum(graph.multiply(x, mask)), activeRows(graph, mask));
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

/** A critic's values of the group's agents, [B, n, 1]. */
export function criticValue(
  graph: GraphBuilder,
  policy: Policy,
  group: ParameterGroup,
  critic: string,
  sources: RowSources,
): Value {
  const parts = rowParts(graph, policy.design.criticInput, policy.spec, group, sources);
  return graph.network(`${critic}/${group.name}`, parts, group.agents.length);
}

/** Actions of the present actor, through which gradients flow. */
export interface FreshActions {
  /** The actor's outputs, [B, n, .]. */
  readonly outputs: Value;
  /** The group's own actions, [B, n, A_i]. */
  readonly own: Value;
  /** The joint action [B, 1, SA] with the sample's actions of all other groups. */
  readonly joint: Value;
}

/** Fresh actions of a group's agents on the sample's observation. */
export function freshActions(
  graph: GraphBuilder,
  policy: Policy,
  group: ParameterGroup,
  sample: SampleValues,
): FreshActions {
  const outputs = actorOutput(graph, policy, group, 'actor', sample.obs);
  const discrete = headOf(policy, group) === 'gumbel';
  const own = discrete ? sampleOf(graph, policy, group, outputs, sample.noise['gumbel_obs']!) : outputs;
  const joint = jointActions(graph, policy, (other) =>
    other === group ? own : ownActions(graph, policy.spec, other, sample.actions),
  );
  return { outputs, own, joint };
}

/**
 * A group's target actions on the next observation, [B, n, A_i]. Discrete ones are relaxed samples with gumbel soft
 * (as in Lowe et al.'s program), and the choice of the largest score with straight_through.
 */
export function targetActions(
  graph: GraphBuilder,
  policy: Policy,
  group: ParameterGroup,
  sample: SampleValues,
): Value {
  const outputs = actorOutput(graph, policy, group, 'target_actor', sample.obsNext);
  const noise = sample.noise['gumbel_next'];
  return headOf(policy, group) === 'gumbel' && noise
    ? sampleOf(graph, policy, group, outputs, noise)
    : greedyActions(graph, headOf(policy, group), policy.options, outputs);
}

/** Target actors' joint action on the next observation, [B, 1, SA]. */
export function nextActions(graph: GraphBuilder, policy: Policy, sample: SampleValues): Value {
  return jointActions(graph, policy, (group) => targetActions(graph, policy, group, sample));
}

/**
 * Adds logit_regularization * mean(z^2) over all scores z of discrete actions, masked rows included, which keeps them from growing
 * until no sample differs from the largest (Lowe et al.'s program); other actors' losses stay as they are.
 */
export function withLogitPenalty(
  graph: GraphBuilder,
  policy: Policy,
  group: ParameterGroup,
  loss: Value,
  outputs: Value,
  { logit_regularization = 0 }: LearnerConfig,
): Value {
  if (headOf(policy, group) !== 'gumbel' || logit_regularization === 0) return loss;
  return graph.add(loss, graph.scale(mean(graph, graph.square(outputs)), logit_regularization));
}
