/**
 * IDDPG: independent DDPG (Lillicrap et al. 2016); actor and critic see the agent's own observation and action only.
 *
 *   actor:  minimise -sum(Q(o, pi(o)) m) / sum(m)
 *   critic: minimise sum(((Q(o, a) - y) m)^2) / sum(m),  y = r + (1 - d) gamma Q'(o', pi'(o'))
 *
 * The actor steps first, through the critic before its update (XuanCe 1.4.4). Critic input row: [o_i, e_i, a_i].
 */
import type { Algorithm } from './algorithm.ts';
import {
  actorLoss,
  criticLoss,
  criticValue,
  freshActions,
  gumbelInputs,
  mean,
  takenActions,
  targetActions,
  temporalDifferenceTarget,
} from './losses.ts';

/** Independent DDPG (Lillicrap et al. 2016). */
export const IDDPG: Algorithm = {
  design: {
    actorInput: ['obs_i', 'id_i'],
    critics: ['critic'],
    criticInput: ['obs_i', 'id_i', 'act_i'],
    targets: ['actor', 'critic'],
  },

  abilities: {
    updateOrders: ['critic_first', 'actor_first'],
    toolboxes: ['torch'],
    ensembles: true,
    keys: ['action_regularization'],
  },

  noiseInputs: (_, policy) => gumbelInputs(policy),

  next: targetActions,

  target: (update, group) => {
    const after = { obs: update.sample.obsNext, actions: update.next(group).actions };
    return temporalDifferenceTarget(update, group, criticValue(update, group, 'target_critic', after));
  },

  steps: (update, group, target) => {
    const { sample, config } = update;
    const fresh = freshActions(update, group);
    const freshQ = criticValue(update, group, 'critic', { obs: sample.obs, actions: fresh.own });
    const lossActor = actorLoss(update, group, freshQ, fresh);
    update.report(group, 'loss_actor', lossActor);
    update.minimize(group, 'actor', ['actor'], lossActor, config.use_grad_clip);

    const taken = takenActions(update, group);
    const q = criticValue(update, group, 'critic', { obs: sample.obs, actions: taken });
    const lossCritic = criticLoss(update, group, q, target);
    update.report(group, 'loss_critic', lossCritic);
    update.report(group, 'predictQ', mean(update, q));
    update.minimize(group, 'critic', ['critic'], lossCritic, config.use_grad_clip);
    update.softUpdate(group);
  },
};
