/**
 * Update: builder for one update. Algorithms read the sample and declare what to minimise, report and soft-update; the
 * learner compiles the resulting graph. Groups that learn from the same sample share one Update, so that the joint next
 * action is computed once. With an ensemble, each group has its own sample.
 */
import type { GraphBuilder } from '../engine/builder.ts';
import { gradient } from '../engine/gradients.ts';
import type { Value } from '../engine/graph.ts';
import type { AdamOptions } from '../optim/adam.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { actorOutput, jointActions, playingOutput } from '../policy/acting-graph.ts';
import type { Policy } from '../policy/policy.ts';
import type { Algorithm, NextActions } from './algorithm.ts';
import { initialActorStates } from './initial-states.ts';
import type { LearnerConfig } from './learner-config.ts';
import type { SampleValues } from './sample.ts';
import type { ErrorOutput } from './td-errors.ts';

/** Inputs of an Update. */
export interface UpdateContext {
  readonly graph: GraphBuilder;
  readonly sample: SampleValues;
  readonly policy: Policy;
  readonly config: LearnerConfig;
  /** Groups that learn from this sample. */
  readonly groups: readonly ParameterGroup[];
  algorithmOf(group: ParameterGroup): Algorithm;
  variantOf(group: ParameterGroup): string;
  /** Sub-policy of the group being trained. */
  subPolicyOf(group: ParameterGroup): number;
  /** Soft-update rate of targets. */
  tau(): Value;
  /** Options of optimizer `actor/<group>`, `critic/<group>`, `alpha/<group>` or `inferred/<group>`. */
  adamOf(optimizer: string): AdamOptions;
}

/** Builder of one update; algorithms declare losses, reports and soft updates on it. */
export class Update {
  readonly graph: GraphBuilder;
  readonly sample: SampleValues;
  readonly policy: Policy;
  readonly config: LearnerConfig;
  /** Names of reported values, optimizers in step order, trained networks and soft-updated targets. */
  readonly info: string[] = [];
  readonly optimizers: string[] = [];
  readonly trained: string[] = [];
  readonly tracked: string[] = [];
  /** Metric names of gradient norms, `<group>/grad_norm_actor`. */
  readonly norms: string[] = [];
  /** TD errors, with prioritized replay. */
  readonly errors: ErrorOutput[] = [];
  readonly #context: UpdateContext;
  readonly #next = new Map<ParameterGroup, NextActions>();
  #nextJoint: Value | undefined;

  constructor(context: UpdateContext) {
    this.graph = context.graph;
    this.sample = context.sample;
    this.policy = context.policy;
    this.config = context.config;
    this.#context = context;
  }

  /** Update variant of a group. */
  variantOf(group: ParameterGroup): string {
    return this.#context.variantOf(group);
  }

  /** Name of the network being trained: `network`, or the current sub-policy of an ensemble's actors. */
  learning(group: ParameterGroup, network: string): string {
    const names = this.policy.subNetworks(network);
    return names[names.length > 1 ? this.#context.subPolicyOf(group) : 0]!;
  }

  /** Outputs [B, n, .] of the actor being trained, on the sampled observation. */
  actorOutputs(group: ParameterGroup): Value {
    return this.outputsOn(group, this.learning(group, 'actor'), this.sample.obs);
  }

  /** Outputs [B, n, .] of `actor` on observations `obs` of the sample, from its first step on. */
  outputsOn(group: ParameterGroup, actor: string, obs: Value): Value {
    const { graph, policy } = this;
    const initial = initialActorStates(this, `${actor}/${group.name}`, group);
    return actorOutput(graph, policy, group, actor, obs, initial);
  }

  /**
   * Outputs [B, n, .] of the target actor on the next observation. With an ensemble: the sub-policy that played the row's
   * episode; for a learning group that is the one being trained.
   */
  targetActorOutputs(group: ParameterGroup): Value {
    const { graph, policy, sample } = this;
    if (this.#context.groups.includes(group))
      return this.outputsOn(group, `target_${this.learning(group, 'actor')}`, sample.obsNext);
    return playingOutput(graph, policy, group, 'target_', sample.obsNext, sample.marks);
  }

  /** Next actions of a group. */
  next(group: ParameterGroup): NextActions {
    const known = this.#next.get(group) ?? this.#context.algorithmOf(group).next(this, group);
    this.#next.set(group, known);
    return known;
  }

  /** Joint next action, [B, 1, SA]. */
  nextJoint(): Value {
    this.#nextJoint ??= jointActions(this.graph, this.policy, (group) => this.next(group).actions);
    return this.#nextJoint;
  }

  /** One step of the group's `optimizer` on `loss` with respect to networks `names`, with gradient clipping if `clip`. */
  minimize(
    group: ParameterGroup,
    optimizer: 'actor' | 'critic' | 'alpha' | 'inferred',
    names: readonly string[],
    loss: Value,
    clip: boolean,
  ): void {
    const { graph } = this;
    const networks = names.map((name) => `${this.learning(group, name)}/${group.name}`);
    const key = `${this.learning(group, optimizer)}/${group.name}`;
    this.optimizers.push(key);
    this.trained.push(...networks);
    const raw = gradient(graph, loss, networks);
    const norm = graph.norm(raw);
    const normName = `${group.infoPrefix}grad_norm_${optimizer}`;
    this.norms.push(normName);
    graph.output(`norm/${normName}`, norm);
    const gradients = clip ? clipByNorm(graph, raw, norm, this.config.grad_clip_norm) : raw;
    const stepSize = graph.scalar(`${key}/step_size`);
    const correction = graph.scalar(`${key}/correction`);
    const { beta1, beta2, epsilon } = this.#context.adamOf(key);
    networks.forEach((network, k) => {
      graph.output(`gradient/${network}`, gradients[k]!);
      graph.adam(network, { gradient: gradients[k]!, stepSize, correction, beta1, beta2, epsilon });
    });
  }

  /** Soft-updates all target networks of a group, including those of all sub-policies. */
  softUpdate(group: ParameterGroup): void {
    for (const name of this.policy.targetsOf(group)) {
      const target = `target_${name}/${group.name}`;
      this.tracked.push(target);
      this.graph.softUpdate(target, `${name}/${group.name}`, this.#context.tau());
    }
  }

  /** Reports a scalar of a group under `name`. */
  report(group: ParameterGroup, name: string, value: Value): void {
    this.info.push(group.infoPrefix + name);
    this.graph.output(`info/${group.infoPrefix}${name}`, value);
  }

  /** Outputs a critic's masked TD errors [B, rows, 1], for prioritized replay. */
  outputErrors(group: ParameterGroup, errors: Value): void {
    const name = `td_error/${group.name}/${this.errors.length}`;
    this.errors.push({ name, group, rows: errors.shape.kind === 'array' ? errors.shape.rows : 1 });
    this.graph.output(name, errors);
  }
}

/** Gradient clipping by global norm: gradients times min(1, limit / (norm + 1e-6)), as in PyTorch. */
function clipByNorm(graph: GraphBuilder, gradients: readonly Value[], norm: Value, limit: number): Value[] {
  const ratio = graph.divide(graph.constant(limit), graph.add(norm, graph.constant(1e-6)));
  const factor = graph.minimum(ratio, graph.constant(1));
  return gradients.map((gradient) => graph.multiply(gradient, factor));
}
