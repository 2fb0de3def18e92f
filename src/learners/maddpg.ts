/**
 * MADDPG (Lowe et al. 2017, "Multi-Agent Actor-Critic for Mixed Cooperative-Competitive Environments"):
 * every actor pi sees its own observation, every critic Q sees the joint observation and joint action.
 *
 *   critic: minimise sum((Q(s, a) - y)^2 m) / sum(m),  y = r + (1 - d) gamma Q'(s', pi'(o'))
 *   actor:  minimise -sum(Q(s, a~) m) / sum(m),        a~ = pi(o) for the group's agents, the sample's a for others
 *
 * `critic_first` is XuanCe 1.4.4: the actor's gradient goes through the critic just updated. `actor_first` is the
 * documented generation: the actor moves first. `dl_toolbox: mindspore` is its MindSpore variant: actor first,
 * never clipped, no predictQ. The targets move last, so when y is computed within an update does not matter.
 */
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';
import { ownActions, rowParts, type PolicyDesign } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { actorOutput, jointActions } from '../policy/policy.ts';
import { Learner, type SampleValues } from './learner.ts';

export const MADDPG_DESIGN: PolicyDesign = {
  actorInput: ['obs_i', 'id_i'],
  critics: ['critic'],
  criticInput: ['joint_obs', 'joint_act', 'id_i'],
  targets: ['actor', 'critic'],
};

export class MADDPGLearner extends Learner {
  protected override describe(graph: GraphBuilder, sample: SampleValues): void {
    const { groups } = this.policy;
    const mindspore = this.config.dl_toolbox === 'mindspore';
    const actorFirst = mindspore || this.config.update_order === 'actor_first';
    const clip = this.config.use_grad_clip && !mindspore;
    const nextActions = jointActions(graph, this.policy, (group) =>
      actorOutput(graph, this.policy, group, 'target_actor', sample.obsNext),
    );
    for (const group of groups) {
      if (actorFirst) this.#actorStep(graph, group, sample, clip);
      const q = this.#q(graph, group, 'critic', sample.obs, sample.actions);
      this.#criticStep(graph, group, sample, q, this.#target(graph, group, sample, nextActions), clip);
      if (!mindspore) this.report(graph, group, 'predictQ', graph.divide(graph.sum(q), graph.count(q)));
      if (!actorFirst) this.#actorStep(graph, group, sample, clip);
    }
    this.trackTargets(graph);
  }

  /** y = r + (1 - d) gamma Q'(s', a'), [B, n, 1] */
  #target(graph: GraphBuilder, group: ParameterGroup, sample: SampleValues, nextActions: Value): Value {
    const next = this.#q(graph, group, 'target_critic', sample.obsNext, nextActions);
    const goesOn = graph.subtract(graph.constant(1), this.ofAgents(graph, group, sample.terminals));
    const future = graph.multiply(goesOn, graph.scale(next, this.gamma));
    return graph.add(this.ofAgents(graph, group, sample.rewards), future);
  }

  #criticStep(
    graph: GraphBuilder,
    group: ParameterGroup,
    sample: SampleValues,
    q: Value,
    target: Value,
    clip: boolean,
  ): void {
    const mask = this.ofAgents(graph, group, sample.agentMask);
    const errors = graph.multiply(graph.subtract(q, target), mask);
    const loss = graph.divide(graph.sum(graph.square(errors)), this.activeRows(graph, mask));
    this.report(graph, group, 'loss_critic', loss);
    this.minimize(graph, group, 'critic', ['critic'], loss, clip);
  }

  #actorStep(graph: GraphBuilder, group: ParameterGroup, sample: SampleValues, clip: boolean): void {
    const { policy } = this;
    const mask = this.ofAgents(graph, group, sample.agentMask);
    const actions = jointActions(graph, policy, (g) =>
      g === group
        ? actorOutput(graph, policy, group, 'actor', sample.obs)
        : ownActions(graph, policy.spec, g, sample.actions),
    );
    const q = this.#q(graph, group, 'critic', sample.obs, actions);
    const loss = graph.scale(
      graph.divide(graph.sum(graph.multiply(q, mask)), this.activeRows(graph, mask)),
      -1,
    );
    this.report(graph, group, 'loss_actor', loss);
    this.minimize(graph, group, 'actor', ['actor'], loss, clip);
  }

  /** Q(s, a) of the group's agents, [B, n, 1] */
  #q(graph: GraphBuilder, group: ParameterGroup, critic: string, obs: Value, actions: Value): Value {
    const { design, spec } = this.policy;
    const parts = rowParts(graph, design.criticInput, spec, group, { obs, jointActions: actions });
    return graph.network(`${critic}/${group.name}`, parts, group.agents.length);
  }
}
