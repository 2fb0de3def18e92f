/**
 * MATD3 (Ackermann et al. 2019, after TD3, Fujimoto et al. 2018): MADDPG with twin critics A and B, delayed actor and
 * target updates (every `actor_update_delay` updates), and target policy smoothing.
 *
 *   critics: minimise [sum(((Q_A - y) m)^2) + sum(((Q_B - y) m)^2)] / sum(m),
 *            y = r + (1 - d) gamma min(Q'_A, Q'_B)(s', a'),
 *            a'_i = clip(pi'(o'_i) + clip(target_noise n_i, -target_noise_clip, target_noise_clip), low, high), n normal
 *   actor:   minimise -sum(q m) / sum(m),  q = (Q_A + Q_B)(s, a~) / 2 with the critics just updated, a~ as in MADDPG
 *
 * XuanCe 1.4.4 adds no noise (target_noise 0). Both critics share one optimizer and one clip norm. The others' next
 * actions come from their own algorithms; with `infer_policies` they are inferred (infer-policies.ts) and, unless
 * Discrete, smoothed too, as the others' algorithms are then unknown.
 */
import type { Value } from '../engine/graph.ts';
import { headOf } from '../policy/actor-head.ts';
import { ownActions } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Algorithm } from './algorithm.ts';
import { inferPolicies, nextJointAsExpected } from './infer-policies.ts';
import type { LearnerConfig } from './learner-config.ts';
import {
  actorLoss,
  criticLoss,
  criticValue,
  freshActions,
  gumbelInputs,
  mean,
  targetActions,
  temporalDifferenceTarget,
} from './losses.ts';
import type { Update } from './update.ts';

const TWINS = ['critic_A', 'critic_B'] as const;

/** MATD3 (Ackermann et al. 2019). */
export const MATD3: Algorithm = {
  design: {
    actorInput: ['obs_i', 'id_i'],
    critics: TWINS,
    criticInput: ['joint_obs', 'joint_act', 'id_i'],
    targets: ['actor', ...TWINS],
    infersOthers: true,
  },

  abilities: {
    updateOrders: ['critic_first'],
    toolboxes: ['torch'],
    ensembles: true,
    keys: [
      'action_regularization',
      'critic_scope',
      'use_global_state',
      'actor_update_delay',
      'target_noise',
      'target_noise_clip',
    ],
  },

  noiseInputs: (config, policy) => [
    ...gumbelInputs(policy),
    ...(smooths(config) ? [{ name: 'eps_next', distribution: 'normal', next: true } as const] : []),
  ],

  /** `critics`: only the critics step. */
  variantOf: ({ actor_update_delay }, iteration) =>
    iteration % actor_update_delay === 0 ? 'all' : 'critics',

  period: ({ actor_update_delay }) => actor_update_delay,

  next: (update, group) => ({ actions: smoothed(update, group, targetActions(update, group).actions) }),

  target: (update, group) => {
    const joint = nextJointAsExpected(update, group, (other, plain) => smoothed(update, other, plain));
    const [nextA, nextB] = values(update, group, 'target_', update.sample.obsNext, joint);
    return temporalDifferenceTarget(update, group, update.graph.minimum(nextA, nextB));
  },

  steps: (update, group, target) => {
    const { graph, sample, config } = update;
    inferPolicies(update, group, config.use_grad_clip);
    const [qA, qB] = values(update, group, '', sample.obs, sample.actions);
    const loss = graph.add(criticLoss(update, group, qA, target), criticLoss(update, group, qB, target));
    update.report(group, 'loss_critic', loss);
    update.report(group, 'predictQ_A', mean(update, qA));
    update.report(group, 'predictQ_B', mean(update, qB));
    update.minimize(group, 'critic', TWINS, loss, config.use_grad_clip);
    if (update.variantOf(group) === 'critics') return;
    actorStep(update, group);
    update.softUpdate(group);
  },
};

function actorStep(update: Update, group: ParameterGroup): void {
  const { graph, sample, config } = update;
  const fresh = freshActions(update, group);
  const [qA, qB] = values(update, group, '', sample.obs, fresh.joint);
  const q = graph.scale(graph.add(qA, qB), 0.5);
  const loss = actorLoss(update, group, q, fresh);
  update.report(group, 'loss_actor', loss);
  update.report(group, 'q_policy', mean(update, q));
  update.minimize(group, 'actor', ['actor'], loss, config.use_grad_clip);
}

function smooths({ target_noise }: LearnerConfig): boolean {
  return target_noise > 0;
}

/** A group's next actions with smoothing noise; Discrete actions are left unchanged. */
function smoothed({ graph, policy, sample, config }: Update, group: ParameterGroup, plain: Value): Value {
  if (!smooths(config) || headOf(policy, group) === 'gumbel') return plain;
  const { target_noise, target_noise_clip } = config;
  const eps = ownActions(graph, policy.spec, group, sample.noise['eps_next']!);
  const noise = graph.clip(graph.scale(eps, target_noise), -target_noise_clip, target_noise_clip);
  const { actionLow, actionHigh } = policy.spec.agents[group.agents[0]!]!;
  return graph.clip(graph.add(plain, noise), actionLow, actionHigh);
}

/** (Q_A, Q_B)(s, a) of the group's agents, each [B, n, 1]. */
function values(
  update: Update,
  group: ParameterGroup,
  prefix: '' | 'target_',
  obs: Value,
  jointActions: Value,
): [Value, Value] {
  const q = (critic: string): Value => criticValue(update, group, prefix + critic, { obs, jointActions });
  return [q('critic_A'), q('critic_B')];
}
