/**
 * IDDPG: independent DDPG (Lillicrap et al. 2016) for every agent, with its own observation and action only.
 *
 *   actor:  minimise -sum(Q(o, pi(o)) m) / sum(m)
 *   critic: minimise sum(((Q(o, a) - y) m)^2) / sum(m),  y = r + (1 - d) gamma Q'(o', pi'(o'))
 *
 * The actor moves first, through the critic as it was (XuanCe 1.4.4). A critic's input row is [o_i, e_i, a_i].
 */
import type { GraphBuilder } from '../engine/builder.ts';
import { ownActions, type PolicyDesign } from '../policy/design.ts';
import { Learner, type SampleValues } from './learner.ts';
import {
  actorLoss,
  criticLoss,
  criticValue,
  freshActions,
  mean,
  targetActions,
  temporalDifferenceTarget,
  withLogitPenalty,
} from './losses.ts';

export const IDDPG_DESIGN: PolicyDesign = {
  actorInput: ['obs_i', 'id_i'],
  critics: ['critic'],
  criticInput: ['obs_i', 'id_i', 'act_i'],
  targets: ['actor', 'critic'],
};

export class IDDPGLearner extends Learner {
  protected override describe(graph: GraphBuilder, sample: SampleValues): void {
    const { policy, config } = this;
    const { obs, obsNext, actions } = sample;
    for (const group of policy.groups) {
      const fresh = freshActions(graph, policy, group, sample);
      const freshQ = criticValue(graph, policy, group, 'critic', { obs, actions: fresh.own });
      const greedy = actorLoss(graph, group, sample, freshQ);
      const lossActor = withLogitPenalty(graph, policy, group, greedy, fresh.outputs, config);
      this.report(graph, group, 'loss_actor', lossActor);
      this.minimize(graph, group, 'actor', ['actor'], lossActor, config.use_grad_clip);

      const next = targetActions(graph, policy, group, sample);
      const nextQ = criticValue(graph, policy, group, 'target_critic', { obs: obsNext, actions: next });
      const target = temporalDifferenceTarget(graph, group, sample, nextQ, this.gamma);
      const taken = ownActions(graph, policy.spec, group, actions);
      const q = criticValue(graph, policy, group, 'critic', { obs, actions: taken });
      const lossCritic = criticLoss(graph, group, sample, q, target);
      this.report(graph, group, 'loss_critic', lossCritic);
      this.report(graph, group, 'predictQ', mean(graph, q));
      this.minimize(graph, group, 'critic', ['critic'], lossCritic, config.use_grad_clip);
    }
    this.trackTargets(graph);
  }
}
