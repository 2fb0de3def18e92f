/**
 * MADDPG (Lowe et al. 2017, "Multi-Agent Actor-Critic for Mixed Cooperative-Competitive Environments"):
 * every actor pi sees its own observation, every critic Q sees the joint observation and joint action.
 *
 *   critic: minimise sum(((Q(s, a) - y) m)^2) / sum(m),  y = r + (1 - d) gamma Q'(s', pi'(o'))
 *   actor:  minimise -sum(Q(s, a~) m) / sum(m),          a~ = pi(o) for the group's agents, the sample's a for others
 *
 * `critic_first` is XuanCe 1.4.4: the actor's gradient goes through the critic just updated. `actor_first` is the
 * documented generation: the actor moves first. `dl_toolbox: mindspore` is its MindSpore variant: actor first,
 * never clipped, no predictQ. The targets move last, so when y is computed within an update does not matter.
 */
import type { GraphBuilder } from '../engine/builder.ts';
import type { PolicyDesign } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { Learner, type SampleValues } from './learner.ts';
import {
  actorLoss,
  criticLoss,
  criticValue,
  freshActions,
  mean,
  nextActions,
  temporalDifferenceTarget,
  withLogitPenalty,
} from './losses.ts';

export const MADDPG_DESIGN: PolicyDesign = {
  actorInput: ['obs_i', 'id_i'],
  critics: ['critic'],
  criticInput: ['joint_obs', 'joint_act', 'id_i'],
  targets: ['actor', 'critic'],
};

export class MADDPGLearner extends Learner {
  protected override describe(graph: GraphBuilder, sample: SampleValues): void {
    const mindspore = this.config.dl_toolbox === 'mindspore';
    const actorFirst = mindspore || this.config.update_order === 'actor_first';
    const clip = this.config.use_grad_clip && !mindspore;
    const { policy } = this;
    const { obs, obsNext, actions } = sample;
    const next = nextActions(graph, policy, sample);
    for (const group of policy.groups) {
      if (actorFirst) this.#actorStep(graph, group, sample, clip);
      const nextQ = criticValue(graph, policy, group, 'target_critic', { obs: obsNext, jointActions: next });
      const target = temporalDifferenceTarget(graph, group, sample, nextQ, this.gamma);
      const q = criticValue(graph, policy, group, 'critic', { obs, jointActions: actions });
      const loss = criticLoss(graph, group, sample, q, target);
      this.report(graph, group, 'loss_critic', loss);
      if (!mindspore) this.report(graph, group, 'predictQ', mean(graph, q));
      this.minimize(graph, group, 'critic', ['critic'], loss, clip);
      if (!actorFirst) this.#actorStep(graph, group, sample, clip);
    }
    this.trackTargets(graph);
  }

  #actorStep(graph: GraphBuilder, group: ParameterGroup, sample: SampleValues, clip: boolean): void {
    const { policy, config } = this;
    const fresh = freshActions(graph, policy, group, sample);
    const q = criticValue(graph, policy, group, 'critic', { obs: sample.obs, jointActions: fresh.joint });
    const greedy = actorLoss(graph, group, sample, q);
    const loss = withLogitPenalty(graph, policy, group, greedy, fresh.outputs, config);
    this.report(graph, group, 'loss_actor', loss);
    this.minimize(graph, group, 'actor', ['actor'], loss, clip);
  }
}
