/**
 * Multi-agent soft actor-critic (Haarnoja et al. 2018) with squashed Gaussian actors, twin critics and a learned
 * temperature alpha = exp(log_alpha), or a fixed one (key `alpha`). isac.ts and masac.ts define the critics' inputs.
 *
 *   critics: minimise [sum(((Q_1 - y) m)^2) + sum(((Q_2 - y) m)^2)] / sum(m),
 *            y = r + (1 - d) gamma (min(Q'_1, Q'_2)(s', a') - alpha log pi(a'|o')),  a' drawn by the online actor
 *   actor:   minimise sum((alpha log pi(a|o) - min(Q_1, Q_2)(s, a)) m) / sum(m) with the critics just updated
 *   alpha:   minimise -log_alpha mean(log pi(a|o) + H),  H = -(number of action components), mean over all rows; if learned
 *
 * All actions are drawn by the online actor before any step; only critics have targets (XuanCe 1.4.4). Of an episode, each
 * slot has one draw: a' of the slot before, and a of its own.
 */
import { slotsOf, type Value } from '../engine/graph.ts';
import { gaussianSample, type GaussianSample } from '../policy/actor-head.ts';
import { ownActions, type RowPart } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { jointActions } from '../policy/acting-graph.ts';
import type { Algorithm } from './algorithm.ts';
import {
  criticLoss,
  criticValue,
  maskedMean,
  mean,
  takenActions,
  temporalDifferenceTarget,
} from './losses.ts';
import type { Update } from './update.ts';

const TWINS = ['critic_1', 'critic_2'] as const;

/** Soft actor-critic with critics of input `criticInput`. */
export function softActorCritic(criticInput: readonly RowPart[]): Algorithm {
  return {
    design: {
      actorHead: 'gaussian',
      temperature: true,
      actorInput: ['obs_i', 'id_i'],
      critics: TWINS,
      criticInput,
      targets: TWINS,
    },

    abilities: {
      updateOrders: ['critic_first'],
      toolboxes: ['torch'],
      ensembles: false,
      keys: [
        'use_automatic_entropy_tuning',
        'alpha',
        ...(criticInput.includes('joint_obs') ? (['critic_scope', 'use_global_state'] as const) : []),
      ],
    },

    noiseInputs: (_, { options }) => {
      const next = { name: 'eps_next', distribution: 'normal', next: true } as const;
      return options.recurrent ? [next] : [{ name: 'eps_obs', distribution: 'normal' }, next];
    },

    next: (update, group) => {
      const { sample, policy } = update;
      const next = draw(update, group, sample.obsNext, sample.noise['eps_next']!);
      if (policy.options.recurrent) return next;
      return { ...next, present: draw(update, group, sample.obs, sample.noise['eps_obs']!) };
    },

    target: (update, group) => {
      const { graph } = update;
      const { actions, logProbability } = update.next(group);
      const after = { obs: update.sample.obsNext, actions, jointActions: update.nextJoint() };
      const entropy = graph.multiply(alphaOf(update, group, logProbability!), logProbability!);
      const value = graph.subtract(smaller(update, group, 'target_', after), entropy);
      return temporalDifferenceTarget(update, group, value);
    },

    steps: (update, group, target) => {
      criticStep(update, group, target);
      const logProbability = actorStep(update, group);
      if (learnsTemperature(update, group)) temperatureStep(update, group, logProbability);
      update.softUpdate(group);
    },
  };
}

function criticStep(update: Update, group: ParameterGroup, target: Value): void {
  const { graph, sample, config } = update;
  const actions = takenActions(update, group);
  const taken = { obs: sample.obs, actions, jointActions: sample.actions };
  const [loss1, loss2] = TWINS.map((critic) =>
    criticLoss(update, group, criticValue(update, group, critic, taken), target),
  );
  const loss = graph.add(loss1!, loss2!);
  update.report(group, 'loss_critic', loss);
  update.minimize(group, 'critic', TWINS, loss, config.use_grad_clip);
}

/** The actor's step; returns log pi(a|o), [B, n, 1]. */
function actorStep(update: Update, group: ParameterGroup): Value {
  const { graph, sample, config } = update;
  const { actions, logProbability, jointActions } = fresh(update, group);
  const q = smaller(update, group, '', { obs: sample.obs, actions, jointActions });
  const cost = graph.subtract(graph.multiply(alphaOf(update, group, logProbability), logProbability), q);
  const loss = maskedMean(update, group, cost);
  update.report(group, 'loss_actor', loss);
  update.report(group, 'predictQ', mean(update, q));
  update.minimize(group, 'actor', ['actor'], loss, config.use_grad_clip);
  return logProbability;
}

function temperatureStep(update: Update, group: ParameterGroup, logProbability: Value): void {
  const { graph, policy } = update;
  const wanted = -policy.spec.agents[group.agents[0]!]!.actWidth;
  const surplus = graph.add(logProbability, graph.constant(wanted));
  const lossAlpha = graph.scale(mean(update, graph.multiply(logAlpha(update, group, surplus), surplus)), -1);
  update.report(group, 'alpha_loss', lossAlpha);
  update.minimize(group, 'alpha', ['alpha'], lossAlpha, false);
  update.report(group, 'alpha', mean(update, graph.exp(logAlpha(update, group, surplus))));
}

/** Draws actions of the group's agents from the online actor. */
function draw(update: Update, group: ParameterGroup, obs: Value, noise: Value): GaussianSample {
  const { graph, policy } = update;
  const outputs = update.outputsOn(group, 'actor', obs);
  return gaussianSample(graph, policy.options, outputs, ownActions(graph, policy.spec, group, noise));
}

/** Fresh actions of the group's agents, among those of the others: drawn too, or replayed where they draw none. */
function fresh(update: Update, group: ParameterGroup): GaussianSample & { readonly jointActions: Value } {
  const { graph, policy, sample } = update;
  const joint = jointActions(
    graph,
    policy,
    (other) => drawn(update, other)?.actions ?? ownActions(graph, policy.spec, other, sample.actions),
  );
  return { ...drawn(update, group)!, jointActions: joint };
}

/** Actions that a group draws for the sample's observations; undefined for other algorithms, which draw none. */
function drawn(update: Update, group: ParameterGroup): GaussianSample | undefined {
  const { graph, policy, sample } = update;
  const { actions, logProbability, present } = update.next(group);
  if (!policy.options.recurrent || logProbability === undefined) return present;
  const steps = slotsOf(sample.obs);
  return {
    actions: graph.slots(actions, 0, steps),
    logProbability: graph.slots(logProbability, 0, steps),
  };
}

/** Sources of a critic's input row. */
interface Situation {
  readonly obs: Value;
  readonly actions: Value;
  readonly jointActions: Value;
}

/** Minimum of the twin critics, [B, n, 1]. */
function smaller(update: Update, group: ParameterGroup, prefix: '' | 'target_', at: Situation): Value {
  const [q1, q2] = TWINS.map((critic) => criticValue(update, group, prefix + critic, at));
  return update.graph.minimum(q1!, q2!);
}

/** Whether the group learns its temperature; otherwise it is config.alpha. */
function learnsTemperature({ policy }: Update, group: ParameterGroup): boolean {
  return policy.designOf(group).temperature === true;
}

/** The temperature, to be multiplied with `like`: a scalar, or as many rows. */
function alphaOf(update: Update, group: ParameterGroup, like: Value): Value {
  const { graph, config } = update;
  return learnsTemperature(update, group)
    ? graph.exp(logAlpha(update, group, like))
    : graph.constant(config.alpha);
}

/** log_alpha in as many rows as `like` has, [B, n, 1]. */
function logAlpha({ graph }: Update, group: ParameterGroup, like: Value): Value {
  return graph.network(`alpha/${group.name}`, [], group.agents.length, slotsOf(like));
}
