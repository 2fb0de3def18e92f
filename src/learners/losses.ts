/** Targets, values and losses that the algorithms share, as graphs; masks leave out agents that took no part. */
import type { GraphBuilder } from '../engine/builder.ts';
import { slotsOf, type Value } from '../engine/graph.ts';
import { greedyActions, headOf, unsquashed, type ActorHead } from '../policy/actor-head.ts';
import { inRows, outputsOf, ownActions, type RowSources } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { allowedOf, jointActions, sampleOf } from '../policy/acting-graph.ts';
import type { Policy } from '../policy/policy.ts';
import type { NextActions, NoiseInput } from './algorithm.ts';
import { initialCriticStates } from './initial-states.ts';
import type { Update } from './update.ts';

/**
 * Whether a group's critic says the same to all its agents: it sees what all see, without ids, and learns from the
 * reward of one team. Its one value then stands for all of them, and the rows [B, n, 1] below are [B, 1, 1].
 */
export function isTeamCritic(
  { policy, config }: Pick<Update, 'policy' | 'config'>,
  group: ParameterGroup,
): boolean {
  const { actorHead, criticInput } = policy.designOf(group);
  const teams = new Set(group.agents.map((i) => policy.spec.agents[i]!.team));
  // A soft critic's target holds the agent's own entropy.
  const joint = !criticInput.includes('obs_i') && group.idWidth === 0 && actorHead !== 'gaussian';
  return config.critic_reward === 'team' && joint && teams.size === 1;
}

/** A joint array [B, 1, N] as rows of a group's agents, [B, n, 1]; `combine` makes one of them where one stands for all. */
function ofAgents(
  update: Update,
  group: ParameterGroup,
  x: Value,
  combine: (a: Value, b: Value) => Value = (a) => a,
): Value {
  const { graph } = update;
  if (!isTeamCritic(update, group)) return graph.rows(x, group.agents, 1);
  return group.agents.map((agent) => graph.rows(x, [agent], 1)).reduce(combine);
}

/** 1 for the rows that count: a team's does while one of its agents takes part. */
function maskOf(update: Update, group: ParameterGroup): Value {
  return ofAgents(update, group, update.sample.agentMask, (a, b) => update.graph.maximum(a, b));
}

/** 1 for the rows that end here: a team's does when all its agents that take part have. */
function terminalsOf(update: Update, group: ParameterGroup): Value {
  const { graph, sample } = update;
  if (!isTeamCritic(update, group)) return ofAgents(update, group, sample.terminals);
  const absent = graph.subtract(graph.constant(1), sample.agentMask);
  const gone = graph.maximum(sample.terminals, absent);
  return ofAgents(update, group, gone, (a, b) => graph.minimum(a, b));
}

/** A number of each sample [B, 1, 1] in as many rows as another array has. */
function inRowsOf(graph: GraphBuilder, like: Value, x: Value): Value {
  return inRows(graph, x, like.shape.kind === 'array' ? like.shape.rows : 1);
}

/**
 * y = r + (1 - d) discount q', [B, n, 1], from the next value q' of the target networks; the discount is gamma, or
 * gamma^m where the sample's rewards are sums over m steps. An episode has q' in all T + 1 slots; the step in slot t leads
 * to slot t + 1.
 */
export function temporalDifferenceTarget(update: Update, group: ParameterGroup, values: Value): Value {
  const { graph, sample } = update;
  const steps = slotsOf(sample.rewards);
  const next = graph.slots(values, slotsOf(values) - steps, steps);
  const goesOn = graph.subtract(graph.constant(1), terminalsOf(update, group));
  const future = graph.multiply(goesOn, graph.multiply(next, inRowsOf(graph, next, sample.discounts)));
  return graph.add(ofAgents(update, group, sample.rewards), future);
}

/**
 * sum(w ((q - y) m)^2) / sum(m). The weights w of the samples are 1 but for prioritised replay, which reads the errors
 * back.
 */
export function criticLoss(update: Update, group: ParameterGroup, q: Value, target: Value): Value {
  const { graph, sample } = update;
  const mask = maskOf(update, group);
  const errors = graph.multiply(graph.subtract(q, target), mask);
  const squares = graph.square(errors);
  if (!sample.weights) return graph.divide(graph.sum(squares), activeRows(graph, mask));
  update.outputErrors(group, errors);
  const weighted = graph.multiply(squares, inRowsOf(graph, squares, sample.weights));
  return graph.divide(graph.sum(weighted), activeRows(graph, mask));
}

/** sum(x m) / sum(m) */
export function maskedMean(update: Update, group: ParameterGroup, x: Value): Value {
  const { graph } = update;
  const mask = maskOf(update, group);
  return graph.divide(graph.sum(graph.multiply(x, mask)), activeRows(graph, mask));
}

/**
 * sum(m): the number of active rows. Where a group has none, its losses are 0 and nothing pulls at its networks (the
 * original divides by zero there).
 */
export function activeRows(graph: GraphBuilder, mask: Value): Value {
  return graph.maximum(graph.sum(mask), graph.constant(1));
}

/** Plain mean over all rows, masked ones included. */
export function mean({ graph }: Update, x: Value): Value {
  return graph.divide(graph.sum(x), graph.count(x));
}

/** A critic's values of the group's agents, [B, n, 1]. Recurrent ones need the sample that the sources are of. */
export function criticValue(
  update: Pick<Update, 'graph' | 'policy' | 'config'> & Partial<Pick<Update, 'sample'>>,
  group: ParameterGroup,
  critic: string,
  sources: RowSources,
): Value {
  const { criticInput } = update.policy.designOf(group);
  const rows = isTeamCritic(update, group) ? 1 : group.agents.length;
  const network = `${critic}/${group.name}`;
  const initial = initialCriticStates(update, network, group);
  return outputsOf(update, network, criticInput, group, sources, { rows, initial });
}

/** The sample's actions of the group's agents, [B, n, A_i]. */
export function takenActions({ graph, policy, sample }: Update, group: ParameterGroup): Value {
  return ownActions(graph, policy.spec, group, sample.actions);
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
export function freshActions(update: Update, group: ParameterGroup): FreshActions {
  const { graph, policy, sample } = update;
  const outputs = update.actorOutputs(group);
  const discrete = headOf(policy, group) === 'gumbel';
  const drawn = { outputs, noise: sample.noise['gumbel_obs']!, mask: sample.actionMask };
  const own = discrete ? sampleOf(graph, policy, group, drawn) : outputs;
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
  if (!policy.actingNoise.includes('gumbel')) return [];
  const fresh = { name: 'gumbel_obs', distribution: 'gumbel' } as const;
  if (policy.options.gumbel !== 'soft') return [fresh];
  return [fresh, { name: 'gumbel_next', distribution: 'gumbel', next: true }];
}

/** The target actors' actions on the next observation. */
export function targetActions(update: Update, group: ParameterGroup): NextActions {
  const outputs = update.targetActorOutputs(group);
  return { actions: nextActionsFrom(update, group, headOf(update.policy, group), outputs) };
}

/**
 * A group's actions on the next observation, [B, n, A_i], from outputs of that head. Discrete ones are relaxed samples
 * with gumbel soft (as in Lowe et al.'s program), and the choice of the largest score with straight_through. The next
 * action mask leaves out illegal ones.
 */
export function nextActionsFrom(
  { graph, policy, sample }: Update,
  group: ParameterGroup,
  head: ActorHead,
  outputs: Value,
): Value {
  const noise = sample.noise['gumbel_next'];
  const mask = sample.actionMaskNext;
  return head === 'gumbel' && noise
    ? sampleOf(graph, policy, group, { outputs, noise, mask })
    : greedyActions(graph, head, policy.options, outputs, allowedOf(graph, policy, group, mask));
}

/**
 * -sum(q m) / sum(m), plus a penalty on the mean square of what the actor puts out before it becomes an action (masked
 * rows included), as in Lowe et al.'s program. Discrete: logit_regularization on the scores z of allowed actions, which
 * keeps them from growing until no sample differs from the largest. Box: action_regularization on the outputs before
 * activation_action, which keeps them where their gradient does not vanish.
 */
export function actorLoss(update: Update, group: ParameterGroup, q: Value, { outputs }: FreshActions): Value {
  const { graph, policy, config } = update;
  const discrete = headOf(policy, group) === 'gumbel';
  const weight = discrete ? config.logit_regularization : config.action_regularization;
  const loss = graph.scale(maskedMean(update, group, q), -1);
  if (weight === 0) return loss;
  const z = discrete ? outputs : unsquashed(graph, policy.options.activation_action, outputs);
  const squares = graph.square(z);
  const allowed = discrete ? allowedOf(graph, policy, group, update.sample.actionMask) : undefined;
  if (!allowed) return graph.add(loss, graph.scale(mean(update, squares), weight));
  const meanSquare = graph.divide(graph.sum(graph.multiply(squares, allowed)), graph.sum(allowed));
  return graph.add(loss, graph.scale(meanSquare, weight));
}
