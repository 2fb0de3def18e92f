/**
 * Update: an update while it is being described. Algorithms read the sample from it and name what they minimise, report
 * and move; the learner compiles the graph that results. One object describes all groups that learn from one sample, so
 * that what they share (the joint next action) is computed once: all of them, but with an ensemble each its own.
 */
import type { GraphBuilder } from '../engine/builder.ts';
import { gradient } from '../engine/gradients.ts';
import type { Value } from '../engine/graph.ts';
import type { AdamOptions } from '../optim/adam.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { actorOutput, jointActions, playingOutput, type Policy } from '../policy/policy.ts';
import type { Algorithm, NextActions } from './algorithm.ts';
import type { LearnerConfig } from './learner-config.ts';
import type { SampleValues } from './sample.ts';
import type { ErrorOutput } from './td-errors.ts';

/** What an update is described with. */
export interface UpdateContext {
  readonly graph: GraphBuilder;
  readonly sample: SampleValues;
  readonly policy: Policy;
  readonly config: LearnerConfig;
  /** Who learns from the sample. */
  readonly groups: readonly ParameterGroup[];
  algorithmOf(group: ParameterGroup): Algorithm;
  variantOf(group: ParameterGroup): string;
  /** Which of a group's sub-policies learns. */
  subPolicyOf(group: ParameterGroup): number;
  /** How fast targets follow. */
  tau(): Value;
  /** Options of the optimizer `actor/<group>`, `critic/<group>`, `alpha/<group>` or `inferred/<group>`. */
  adamOf(optimizer: string): AdamOptions;
}

export class Update {
  readonly graph: GraphBuilder;
  readonly sample: SampleValues;
  readonly policy: Policy;
  readonly config: LearnerConfig;
  /** Names of reported values, of optimizers that step in order, of networks that they move, of targets that follow. */
  readonly info: string[] = [];
  readonly optimizers: string[] = [];
  readonly trained: string[] = [];
  readonly tracked: string[] = [];
  /** With prioritised replay: what the critics were off by. */
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

  /** Which variant of its update a group makes. */
  variantOf(group: ParameterGroup): string {
    return this.#context.variantOf(group);
  }

  /** The name of the network that learns where the design says `network`: of an ensemble's actors, one. */
  learning(group: ParameterGroup, network: string): string {
    const names = this.policy.subNetworks(network);
    return names[names.length > 1 ? this.#context.subPolicyOf(group) : 0]!;
  }

  /** Outputs [B, n, .] of the actor that learns, on the sample's observation. */
  actorOutputs(group: ParameterGroup): Value {
    const { graph, policy, sample } = this;
    return actorOutput(graph, policy, group, this.learning(group, 'actor'), sample.obs);
  }

  /**
   * Outputs [B, n, .] of the target actor on the next observation. Of an ensemble it is the sub-policy that played the
   * row's episode, since the episode went on with it: for the group that learns, the one that learns.
   */
  targetActorOutputs(group: ParameterGroup): Value {
    const { graph, policy, sample } = this;
    if (this.#context.groups.includes(group))
      return actorOutput(graph, policy, group, `target_${this.learning(group, 'actor')}`, sample.obsNext);
    return playingOutput(graph, policy, group, 'target_', sample.obsNext, sample.marks);
  }

  /** A group's actions on the next observation. */
  next(group: ParameterGroup): NextActions {
    const known = this.#next.get(group) ?? this.#context.algorithmOf(group).next(this, group);
    this.#next.set(group, known);
    return known;
  }

  /** Everybody's actions on the next observation, [B, 1, SA]. */
  nextJoint(): Value {
    this.#nextJoint ??= jointActions(this.graph, this.policy, (group) => this.next(group).actions);
    return this.#nextJoint;
  }

  /** One step of the group's `optimizer` that lowers `loss` by moving the networks `names`, clipped if `clip`. */
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
    const gradients = clip ? clipByNorm(graph, raw, this.config.grad_clip_norm) : raw;
    const stepSize = graph.scalar(`${key}/step_size`);
    const correction = graph.scalar(`${key}/correction`);
    const { beta1, beta2, epsilon } = this.#context.adamOf(key);
    networks.forEach((network, k) => {
      graph.output(`gradient/${network}`, gradients[k]!);
      graph.adam(network, { gradient: gradients[k]!, stepSize, correction, beta1, beta2, epsilon });
    });
  }

  /** Soft-updates the target networks of a group, those of all its sub-policies. */
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

  /** Makes a critic's masked errors [B, rows, 1] readable, for prioritised replay. */
  outputErrors(group: ParameterGroup, errors: Value): void {
    const name = `td_error/${group.name}/${this.errors.length}`;
    this.errors.push({ name, group, rows: errors.shape.kind === 'array' ? errors.shape.rows : 1 });
    this.graph.output(name, errors);
  }
}

/** Gradients times min(1, limit / (norm + 1e-6)), norm over all of them together, as in PyTorch. */
function clipByNorm(graph: GraphBuilder, gradients: readonly Value[], limit: number): Value[] {
  const norm = graph.norm(gradients);
  const ratio = graph.divide(graph.constant(limit), graph.add(norm, graph.constant(1e-6)));
  const factor = graph.minimum(ratio, graph.constant(1));
  return gradients.map((gradient) => graph.multiply(gradient, factor));
}
