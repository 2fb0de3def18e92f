/** Targets, values and losses that the algorithms share, as graphs; masks leave out agents that took no part. */
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';
import { greedyActions, headOf } from '../policy/actor-head.ts';
import { ownActions, rowParts, type RowSources } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { actorOutput, jointActions, sampleOf, type Policy } from '../policy/policy.ts';
import type { NextActions, NoiseInput } from './algorithm.ts';
import type { Update } from './update.ts';

/** A joint array [B, 1, N] as rows of a group's agents, [B, n, 1]. */
function ofAgents({ graph }: Update, group: ParameterGroup, x: Value): Value {
  return graph.rows(x, group.agents, 1);
}

/** y = r + (1 - d) gamma q', [B, n, 1], from the next value q' of the target networks. */
export function temporalDifferenceTarget(update: Update, group: ParameterGroup, next: Value): Value {
  const { graph, sample, gamma } = update;
  const goesOn = graph.subtract(graph.constant(1), ofAgents(update, group, sample.terminals));
  const future = graph.multiply(goesOn, graph.scale(next, gamma));
  return graph.add(ofAgents(update, group, sample.rewards), future);
}

/** sum(((q - y) m)^2) / sum(m) */
export function criticLoss(update: Update, group: ParameterGroup, q: Value, target: Value): Value {
  const { graph, sample } = update;
  const mask = ofAgents(update, group, sample.agentMask);
  const errors = graph.multiply(graph.subtract(q, target), mask);
  return graph.divide(graph.sum(graph.square(errors)), activeRows(graph, mask));
}

/** sum(x m) / sum(m) */
export function maskedMean(update: Update, group: ParameterGroup, x: Value): Value {
  const { graph, sample } = update;
  const mask = ofAgents(update, group, sample.agentMask);
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
export function mean({ graph }: Update, x: Value): Value {
  return graph.divide(graph.sum(x), graph.count(x));
}

/** A critic's values of the group's agents, [B, n, 1]. */
export function criticValue(
  { graph, policy }: Update,
  group: ParameterGroup,
  critic: string,
  sources: RowSources,
): Value {
  const parts = rowParts(graph, policy.designOf(group).criticInput, policy.spec, group, sources);
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
export function freshActions({ graph, policy, sample }: Update, group: ParameterGroup): FreshActions {
  const outputs = actorOutput(graph, policy, group, 'actor', sample.obs);
  const discrete = headOf(policy, group) === 'gumbel';
  const own = discrete ? sampleOf(graph, policy, group, outputs, sample.noise['gumbel_obs']!) : outputs;
  return { outputs, own, joint: amongOthers(graph, policy, group, own, sample.actions) };
}

/** A joint action [B, 1, SA]: `own` for the group's agents, those of the joint action `others` for all other groups. */
export function amongOthers(
  graph: GraphBuilder,
  policy: Policy,
  group: ParameterGroup,
  own: Value,
  others: Value,
): Value {
  return jointActions(graph, policy, (other) =>
    other === group ? own : ownActions(graph, policy.spec, other, others),
  );
}

/** What deterministic and discrete actors draw from in an update. */
export function gumbelInputs(policy: Policy): NoiseInput[] {
  if (policy.actingNoise !== 'gumbel') return [];
  const names = policy.options.gumbel === 'soft' ? ['gumbel_obs', 'gumbel_next'] : ['gumbel_obs'];
  return names.map((name) => ({ name, distribution: 'gumbel' }));
}

/**
 * The target actors' actions on the next observation. Discrete ones are relaxed samples with gumbel soft (as in Lowe et
 * al.'s program), and the choice of the largest score with straight_through.
 */
export function targetActions({ graph, policy, sample }: Update, group: ParameterGroup): NextActions {
  const outputs = actorOutput(graph, policy, group, 'target_actor', sample.obsNext);
  const head = headOf(policy, group);
  const noise = sample.noise['gumbel_next'];
  const actions =
    head === 'gumbel' && noise
      ? sampleOf(graph, policy, group, outputs, noise)
      : greedyActions(graph, head, policy.options, outputs);
  return { actions };
}

/**
 * -sum(q m) / sum(m), and for discrete actions logit_regularization * mean(z^2) over all scores z (masked rows
 * included), which keeps them from growing until no sample differs from the largest (Lowe et al.'s program).
 */
export function actorLoss(update: Update, group: ParameterGroup, q: Value, { outputs }: FreshActions): Value {
  const { graph, policy, config } = update;
  const { logit_regularization = 0 } = config;
  const loss = graph.scale(maskedMean(update, group, q), -1);
  if (headOf(policy, group) !== 'gumbel' || logit_regularization === 0) return loss;
  return graph.add(loss, graph.scale(mean(update, graph.square(outputs)), logit_regularization));
}
