/**
 * Update: an update while it is being described. Algorithms read the sample from it and name what they minimise, report
 * and move; the learner compiles the graph that results. One object describes all groups, so that what they share (the
 * joint next action) is computed once.
 */
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';
import type { AdamOptions } from '../optim/adam.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { jointActions, type Policy } from '../policy/policy.ts';
import type { Algorithm, NextActions } from './algorithm.ts';
import type { LearnerConfig } from './learner.ts';
import type { ErrorOutput } from './td-errors.ts';

/** The arrays of a sample as graph values, all joint. */
export interface SampleValues {
  /** [B, 1, SO] */
  readonly obs: Value;
  /** [B, 1, SA] */
  readonly actions: Value;
  /** [B, 1, SO] */
  readonly obsNext: Value;
  /** [B, 1, N] */
  readonly rewards: Value;
  /** [B, 1, N] */
  readonly terminals: Value;
  /** [B, 1, N] */
  readonly agentMask: Value;
  /** [B, 1, 1] */
  readonly discounts: Value;
  /** With prioritised replay, [B, 1, 1]. */
  readonly weights: Value | undefined;
  /** The noise inputs of all algorithms by name, each [B, 1, SA]. */
  readonly noise: Readonly<Record<string, Value>>;
}

/** What an update is described with. */
export interface UpdateContext {
  readonly graph: GraphBuilder;
  readonly sample: SampleValues;
  readonly policy: Policy;
  readonly config: LearnerConfig;
  algorithmOf(group: ParameterGroup): Algorithm;
  variantOf(group: ParameterGroup): string;
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
  #tau: Value | undefined;

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
    const networks = names.map((name) => `${name}/${group.name}`);
    const key = `${optimizer}/${group.name}`;
    this.optimizers.push(key);
    this.trained.push(...networks);
    const raw = graph.gradient(loss, networks);
    const gradients = clip ? clipByNorm(graph, raw, this.config.grad_clip_norm) : raw;
    const stepSize = graph.scalar(`${key}/step_size`);
    const correction = graph.scalar(`${key}/correction`);
    const { beta1, beta2, epsilon, weightDecay } = this.#context.adamOf(key);
    const constants = { beta1, beta2, epsilon, ...(weightDecay === 0 ? {} : { weightDecay }) };
    networks.forEach((network, k) => {
      const gradient = gradients[k]!;
      graph.output(`gradient/${network}`, gradient);
      graph.adam(network, { gradient, stepSize, correction, ...constants });
    });
  }

  /** Moves the target networks of a group. */
  track(group: ParameterGroup): void {
    this.#tau ??= this.graph.scalar('tau');
    for (const name of this.policy.targetsOf(group)) {
      const target = `target_${name}/${group.name}`;
      this.tracked.push(target);
      this.graph.track(target, `${name}/${group.name}`, this.#tau);
    }
  }

  /** Reports a scalar of a group under `name`. */
  report(group: ParameterGroup, name: string, value: Value): void {
    this.info.push(group.infoPrefix + name);
    this.graph.output(`info/${group.infoPrefix}${name}`, value);
  }

  /** Makes a critic's masked errors [B, rows, 1] readable, for prioritised replay. */
  outputErrors(group: ParameterGroup, errors: Value): void {
    const name = `td_error/${this.errors.length}`;
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
