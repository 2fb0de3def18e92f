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
import type { Value } from '../engine/graph.ts';
import { rowParts, type PolicyDesign } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { Learner, type SampleValues } from './learner.ts';
import {
  actorLoss,
  criticLoss,
  freshActions,
  mean,
  nextActions,
  temporalDifferenceTarget,
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
    const next = nextActions(graph, this.policy, sample);
    for (const group of this.policy.groups) {
      if (actorFirst) this.#actorStep(graph, group, sample, clip);
      const nextQ = this.#q(graph, group, 'target_critic', sample.obsNext, next);
      const target = temporalDifferenceTarget(graph, group, sample, nextQ, this.gamma);
      const q = this.#q(graph, group, 'critic', sample.obs, sample.actions);
      const loss = criticLoss(graph, group, sample, q, target);
      this.report(graph, group, 'loss_critic', loss);
      if (!mindspore) this.report(graph, group, 'predictQ', mean(graph, q));
      this.minimize(graph, group, 'critic', ['critic'], loss, clip);
      if (!actorFirst) this.#actorStep(graph, group, sample, clip);
    }
    this.trackTargets(graph);
  }

  #actorStep(graph: GraphBuilder, group: ParameterGroup, sample: SampleValues, clip: boolean): void {
    const actions = freshActions(graph, this.policy, group, sample);
    const loss = actorLoss(graph, group, sample, this.#q(graph, group, 'critic', sample.obs, actions));
    this.report(graph, group, 'loss_actor', loss);
    this.minimize(graph, group, 'actor', ['actor'], loss, clip);
  }

  /** Q(s, a) of the group's agents, [B, n, 1] */
  #q(graph: GraphBuilder, group: ParameterGroup, critic: string, obs: Value, jointActions: Value): Value {
    const { design, spec } = this.policy;
    const parts = rowParts(graph, design.criticInput, spec, group, { obs, jointActions });
    return graph.network(`${critic}/${group.name}`, parts, group.agents.length);
  }
}
