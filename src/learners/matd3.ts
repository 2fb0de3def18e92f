/**
 * MATD3 (Ackermann et al. 2019, after TD3, Fujimoto et al. 2018): MADDPG with twin critics A and B, an actor and
 * targets that move only every `actor_update_delay` updates, and smoothed target actions.
 *
 *   critics: minimise [sum(((Q_A - y) m)^2) + sum(((Q_B - y) m)^2)] / sum(m),
 *            y = r + (1 - d) gamma min(Q'_A, Q'_B)(s', a'),
 *            a'_i = clip(pi'(o'_i) + clip(target_noise n_i, -target_noise_clip, target_noise_clip), low, high), n normal
 *   actor:   minimise -sum(q m) / sum(m),  q = (Q_A + Q_B)(s, a~) / 2 with the critics just updated, a~ as in MADDPG
 *
 * XuanCe 1.4.4 draws no noise: target_noise 0. Both critics share one optimizer and one clip norm.
 */
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';
import type { PolicyDesign } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { Learner, type NoiseInput, type SampleValues } from './learner.ts';
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

const TWINS = ['critic_A', 'critic_B'] as const;

export const MATD3_DESIGN: PolicyDesign = {
  actorInput: ['obs_i', 'id_i'],
  critics: TWINS,
  criticInput: ['joint_obs', 'joint_act', 'id_i'],
  targets: ['actor', ...TWINS],
};

export class MATD3Learner extends Learner {
  /** Smoothing noise for the joint action, where there is any. */
  override get noiseInputs(): readonly NoiseInput[] {
    const smoothing = (this.config.target_noise ?? 0) > 0;
    return [
      ...super.noiseInputs,
      ...(smoothing ? [{ name: 'eps_next', distribution: 'normal' } as const] : []),
    ];
  }

  /** Updates that move the critics alone, and those that move all. */
  protected override variantOf(iteration: number): string {
    return iteration % (this.config.actor_update_delay ?? 2) === 0 ? 'all' : 'critics';
  }

  protected override describe(graph: GraphBuilder, sample: SampleValues, variant: string): void {
    const { config, policy } = this;
    const next = this.#smoothed(graph, nextActions(graph, policy, sample), sample);
    for (const group of policy.groups) {
      const [nextA, nextB] = this.#qs(graph, group, 'target_', sample.obsNext, next);
      const smaller = graph.minimum(nextA, nextB);
      const target = temporalDifferenceTarget(graph, group, sample, smaller, this.gamma);
      const [qA, qB] = this.#qs(graph, group, '', sample.obs, sample.actions);
      const loss = graph.add(
        criticLoss(graph, group, sample, qA, target),
        criticLoss(graph, group, sample, qB, target),
      );
      this.report(graph, group, 'loss_critic', loss);
      this.report(graph, group, 'predictQ_A', mean(graph, qA));
      this.report(graph, group, 'predictQ_B', mean(graph, qB));
      this.minimize(graph, group, 'critic', TWINS, loss, config.use_grad_clip);
      if (variant === 'all') this.#actorStep(graph, group, sample);
    }
    if (variant === 'all') this.trackTargets(graph);
  }

  #actorStep(graph: GraphBuilder, group: ParameterGroup, sample: SampleValues): void {
    const { policy, config } = this;
    const fresh = freshActions(graph, policy, group, sample);
    const [qA, qB] = this.#qs(graph, group, '', sample.obs, fresh.joint);
    const q = graph.scale(graph.add(qA, qB), 0.5);
    const greedy = actorLoss(graph, group, sample, q);
    const loss = withLogitPenalty(graph, policy, group, greedy, fresh.outputs, config);
    this.report(graph, group, 'loss_actor', loss);
    this.report(graph, group, 'q_policy', mean(graph, q));
    this.minimize(graph, group, 'actor', ['actor'], loss, config.use_grad_clip);
  }

  /** Target policy smoothing; every agent's actions have the same bounds in one of these environments. */
  #smoothed(graph: GraphBuilder, actions: Value, sample: SampleValues): Value {
    const { target_noise = 0, target_noise_clip = 0.5 } = this.config;
    if (target_noise === 0) return actions;
    const { agents } = this.policy.spec;
    const noise = graph.scale(sample.noise['eps_next']!, target_noise);
    const noisy = graph.add(actions, graph.clip(noise, -target_noise_clip, target_noise_clip));
    return graph.clip(noisy, agents[0]!.actionLow, agents[0]!.actionHigh);
  }

  /** (Q_A, Q_B)(s, a) of the group's agents, each [B, n, 1] */
  #qs(
    graph: GraphBuilder,
    group: ParameterGroup,
    prefix: '' | 'target_',
    obs: Value,
    actions: Value,
  ): [Value, Value] {
    const q = (critic: string): Value =>
      criticValue(graph, this.policy, group, prefix + critic, { obs, jointActions: actions });
    return [q('critic_A'), q('critic_B')];
  }
}
