/**
 * IDDPG: independent DDPG (Lillicrap et al. 2016) for every agent, with its own observation and action only.
 *
 *   actor:  minimise -sum(Q(o, pi(o)) m) / sum(m)
 *   critic: minimise sum(((Q(o, a) - y) m)^2) / sum(m),  y = r + (1 - d) gamma Q'(o', pi'(o'))
 *
 * The actor moves first, through the critic as it was (XuanCe 1.4.4). A critic's input row is [o_i, e_i, a_i].
 */
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';
import { ownActions, rowParts, type PolicyDesign } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { actorOutput } from '../policy/policy.ts';
import { Learner, type SampleValues } from './learner.ts';
import { actorLoss, criticLoss, mean, temporalDifferenceTarget } from './losses.ts';

export const IDDPG_DESIGN: PolicyDesign = {
  actorInput: ['obs_i', 'id_i'],
  critics: ['critic'],
  criticInput: ['obs_i', 'id_i', 'act_i'],
  targets: ['actor', 'critic'],
};

export class IDDPGLearner extends Learner {
  protected override describe(graph: GraphBuilder, sample: SampleValues): void {
    const { policy, config } = this;
    for (const group of policy.groups) {
      const fresh = actorOutput(graph, policy, group, 'actor', sample.obs);
      const lossActor = actorLoss(graph, group, sample, this.#q(graph, group, 'critic', sample.obs, fresh));
      this.report(graph, group, 'loss_actor', lossActor);
      this.minimize(graph, group, 'actor', ['actor'], lossActor, config.use_grad_clip);

      const next = actorOutput(graph, policy, group, 'target_actor', sample.obsNext);
      const nextQ = this.#q(graph, group, 'target_critic', sample.obsNext, next);
      const target = temporalDifferenceTarget(graph, group, sample, nextQ, this.gamma);
      const taken = ownActions(graph, policy.spec, group, sample.actions);
      const q = this.#q(graph, group, 'critic', sample.obs, taken);
      const lossCritic = criticLoss(graph, group, sample, q, target);
      this.report(graph, group, 'loss_critic', lossCritic);
      this.report(graph, group, 'predictQ', mean(graph, q));
      this.minimize(graph, group, 'critic', ['critic'], lossCritic, config.use_grad_clip);
    }
    this.trackTargets(graph);
  }

  /** Q(o, a) of the group's agents, [B, n, 1] */
  #q(graph: GraphBuilder, group: ParameterGroup, critic: string, obs: Value, actions: Value): Value {
    const { design, spec } = this.policy;
    return graph.network(
      `${critic}/${group.name}`,
      rowParts(graph, design.criticInput, spec, group, { obs, actions }),
    );
  }
}
