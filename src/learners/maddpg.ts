/**
 * MADDPG (Lowe et al. 2017, "Multi-Agent Actor-Critic for Mixed Cooperative-Competitive Environments"):
 * every actor pi sees its own observation, every critic Q sees the joint observation and joint action.
 *
 *   critic: minimise sum(((Q(s, a) - y) m)^2) / sum(m),  y = r + (1 - d) gamma Q'(s', pi'(o'))
 *   actor:  minimise -sum(Q(s, a~) m) / sum(m),          a~ = pi(o) for the group's agents, the sample's a for others
 *
 * `critic_first` (XuanCe 1.4.4): the actor's gradient goes through the updated critic. `actor_first` (the learner that
 * XuanCe's documentation describes): the actor steps first. `dl_toolbox: mindspore` is the latter's MindSpore variant:
 * actor first, no gradient clipping, no predictQ. With `infer_policies`, pi'(o') of the others is inferred
 * (infer-policies.ts).
 */
import type { ParameterGroup } from '../policy/groups.ts';
import type { Algorithm } from './algorithm.ts';
import { inferPolicies, nextJointAsExpected } from './infer-policies.ts';
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

/** MADDPG (Lowe et al. 2017). */
export const MADDPG: Algorithm = {
  design: {
    actorInput: ['obs_i', 'id_i'],
    critics: ['critic'],
    criticInput: ['joint_obs', 'joint_act', 'id_i'],
    targets: ['actor', 'critic'],
    infersOthers: true,
  },

  abilities: {
    updateOrders: ['critic_first', 'actor_first'],
    toolboxes: ['torch', 'mindspore'],
    ensembles: true,
    keys: ['action_regularization', 'critic_scope', 'use_global_state'],
  },

  noiseInputs: (_, policy) => gumbelInputs(policy),

  next: targetActions,

  target: (update, group) => {
    const after = { obs: update.sample.obsNext, jointActions: nextJointAsExpected(update, group) };
    return temporalDifferenceTarget(update, group, criticValue(update, group, 'target_critic', after));
  },

  steps: (update, group, target) => {
    const { sample, config } = update;
    const mindspore = config.dl_toolbox === 'mindspore';
    const actorFirst = mindspore || config.update_order === 'actor_first';
    const clip = config.use_grad_clip && !mindspore;
    inferPolicies(update, group, clip);
    if (actorFirst) actorStep(update, group, clip);
    const q = criticValue(update, group, 'critic', { obs: sample.obs, jointActions: sample.actions });
    const loss = criticLoss(update, group, q, target);
    update.report(group, 'loss_critic', loss);
    if (!mindspore) update.report(group, 'predictQ', mean(update, q));
    update.minimize(group, 'critic', ['critic'], loss, clip);
    if (!actorFirst) actorStep(update, group, clip);
    update.softUpdate(group);
  },
};

function actorStep(update: Update, group: ParameterGroup, clip: boolean): void {
  const fresh = freshActions(update, group);
  const q = criticValue(update, group, 'critic', { obs: update.sample.obs, jointActions: fresh.joint });
  const loss = actorLoss(update, group, q, fresh);
  update.report(group, 'loss_actor', loss);
  update.minimize(group, 'actor', ['actor'], loss, clip);
}
