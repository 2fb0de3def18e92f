/**
 * Soft actor-critic (Haarnoja et al. 2018) for many agents, with squashed Gaussian actors, twin critics and a
 * temperature alpha = exp(log_alpha) that is tuned. isac.ts and masac.ts say what the critics see.
 *
 *   critics: minimise [sum(((Q_1 - y) m)^2) + sum(((Q_2 - y) m)^2)] / sum(m),
 *            y = r + (1 - d) gamma (min(Q'_1, Q'_2)(s', a') - alpha log pi(a'|o')),  a' drawn by the online actor
 *   actor:   minimise sum((alpha log pi(a|o) - min(Q_1, Q_2)(s, a)) m) / sum(m) with the critics just updated
 *   alpha:   minimise -log_alpha mean(log pi(a|o) + H),  H = -(number of action components), mean over all rows
 *
 * All draws are the online actor's before any step; only critics have targets (XuanCe 1.4.4).
 */
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';
import { gaussianSample, type GaussianSample } from '../policy/actor-head.ts';
import { ownActions, type RowPart, type PolicyDesign } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { actorOutput, jointActions } from '../policy/policy.ts';
import { Learner, type NoiseInput, type SampleValues } from './learner.ts';
import { criticLoss, criticValue, maskedMean, mean, temporalDifferenceTarget } from './losses.ts';

const TWINS = ['critic_1', 'critic_2'] as const;

/** The networks of a soft algorithm whose critics see `criticInput`. */
export function softDesign(criticInput: readonly RowPart[]): PolicyDesign {
  return {
    actorHead: 'gaussian',
    temperature: true,
    actorInput: ['obs_i', 'id_i'],
    critics: TWINS,
    criticInput,
    targets: TWINS,
  };
}

/** An observation and an action of a group and of all, of which a critic takes what its input names. */
interface Situation {
  readonly obs: Value;
  readonly actions: Value;
  readonly jointActions: Value;
}

export class SoftLearner extends Learner {
  /** Normal numbers for the draws on the sample's two observations. */
  override get noiseInputs(): readonly NoiseInput[] {
    return ['eps_obs', 'eps_next'].map((name) => ({ name, distribution: 'normal' }));
  }

  protected override describe(graph: GraphBuilder, sample: SampleValues): void {
    const { policy } = this;
    const next = new Map(
      policy.groups.map((group) => [
        group,
        this.#draw(graph, group, sample.obsNext, sample.noise['eps_next']!),
      ]),
    );
    const nextJoint = jointActions(graph, policy, (group) => next.get(group)!.actions);
    for (const group of policy.groups) {
      const { actions, logProbability } = next.get(group)!;
      const after = { obs: sample.obsNext, actions, jointActions: nextJoint };
      const entropy = graph.multiply(this.#alpha(graph, group), logProbability);
      const value = graph.subtract(this.#smaller(graph, group, 'target_', after), entropy);
      const target = temporalDifferenceTarget(graph, group, sample, value, this.gamma);
      this.#criticStep(graph, group, sample, target);
      this.#actorAndTemperatureSteps(graph, group, sample);
    }
    this.trackTargets(graph);
  }

  #criticStep(graph: GraphBuilder, group: ParameterGroup, sample: SampleValues, target: Value): void {
    const { policy, config } = this;
    const actions = ownActions(graph, policy.spec, group, sample.actions);
    const taken = { obs: sample.obs, actions, jointActions: sample.actions };
    const [loss1, loss2] = TWINS.map((critic) =>
      criticLoss(graph, group, sample, criticValue(graph, policy, group, critic, taken), target),
    );
    const loss = graph.add(loss1!, loss2!);
    this.report(graph, group, 'loss_critic', loss);
    this.minimize(graph, group, 'critic', TWINS, loss, config.use_grad_clip);
  }

  #actorAndTemperatureSteps(graph: GraphBuilder, group: ParameterGroup, sample: SampleValues): void {
    const { policy, config } = this;
    const { actions, logProbability } = this.#draw(graph, group, sample.obs, sample.noise['eps_obs']!);
    const joint = jointActions(graph, policy, (other) =>
      other === group ? actions : ownActions(graph, policy.spec, other, sample.actions),
    );
    const q = this.#smaller(graph, group, '', { obs: sample.obs, actions, jointActions: joint });
    const cost = graph.subtract(graph.multiply(this.#alpha(graph, group), logProbability), q);
    const loss = maskedMean(graph, group, sample, cost);
    this.report(graph, group, 'loss_actor', loss);
    this.report(graph, group, 'predictQ', mean(graph, q));
    this.minimize(graph, group, 'actor', ['actor'], loss, config.use_grad_clip);

    const wanted = -policy.spec.agents[group.agents[0]!]!.actWidth;
    const surplus = graph.add(logProbability, graph.constant(wanted));
    const lossAlpha = graph.scale(mean(graph, graph.multiply(this.#logAlpha(graph, group), surplus)), -1);
    this.report(graph, group, 'alpha_loss', lossAlpha);
    this.minimize(graph, group, 'alpha', ['alpha'], lossAlpha, false);
    this.report(graph, group, 'alpha', mean(graph, this.#alpha(graph, group)));
  }

  /** Actions of the group's agents drawn by the online actor. */
  #draw(graph: GraphBuilder, group: ParameterGroup, obs: Value, noise: Value): GaussianSample {
    const { policy } = this;
    const outputs = actorOutput(graph, policy, group, 'actor', obs);
    return gaussianSample(graph, policy.options, outputs, ownActions(graph, policy.spec, group, noise));
  }

  /** The smaller of both critics' values, [B, n, 1] */
  #smaller(graph: GraphBuilder, group: ParameterGroup, prefix: '' | 'target_', at: Situation): Value {
    const [q1, q2] = TWINS.map((critic) => criticValue(graph, this.policy, group, prefix + critic, at));
    return graph.minimum(q1!, q2!);
  }

  /** log_alpha in every row of the group, [B, n, 1] */
  #logAlpha(graph: GraphBuilder, group: ParameterGroup): Value {
    return graph.network(`alpha/${group.name}`, [], group.agents.length);
  }

  #alpha(graph: GraphBuilder, group: ParameterGroup): Value {
    return graph.exp(this.#logAlpha(graph, group));
  }
}
