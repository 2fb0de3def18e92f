/**
 * Learner: what all algorithms share. A subclass describes its update as a graph; this class compiles it
 * for the sample's size, feeds samples and step sizes, steps optimizers and schedulers, and reads the
 * info. No randomness here: indices and noise come in with the sample.
 */
import type { Config } from '../config/keys.ts';
import { GraphBuilder } from '../engine/builder.ts';
import type { Program } from '../engine/engine.ts';
import type { Value } from '../engine/graph.ts';
import type { Adam } from '../optim/adam.ts';
import type { Scheduler } from '../optim/schedulers.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';
import type { Batch } from '../replay/batch.ts';

/** One optimizer and one scheduler for each name `actor/<group>`, `critic/<group>`. */
export type ByOptimizer<T> = ReadonlyMap<string, T>;

/** The config keys that learners read. */
export type LearnerConfig = Pick<
  Config,
  'update_order' | 'dl_toolbox' | 'use_grad_clip' | 'grad_clip_norm' | 'tau' | 'target_update'
>;

export interface LearnerOptions {
  /** Where checkpoints of this learner belong; kept for the caller. */
  readonly modelDir?: string;
  /** Discount of future rewards. Default 0.99. */
  readonly gamma?: number;
  /** With `target_update: hard`, targets are copied every so many updates. Default 100. */
  readonly syncFrequency?: number;
}

/** What an update reports; keys of a group other than the only one start with `<group>/`. */
export type UpdateInfo = Record<string, number>;

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
}

const SAMPLE_ARRAYS = ['obs', 'actions', 'obsNext', 'rewards', 'terminals', 'agentMask'] as const;

export abstract class Learner {
  readonly config: LearnerConfig;
  readonly policy: Policy;
  readonly optimizer: ByOptimizer<Adam>;
  readonly scheduler: ByOptimizer<Scheduler>;
  readonly modelDir: string | undefined;
  readonly gamma: number;
  readonly syncFrequency: number;
  /** Updates made so far. */
  iterations = 0;
  readonly #programs = new Map<number, { program: Program; batch: Batch }>();
  readonly #infoNames = new Set<string>();

  constructor(
    config: LearnerConfig,
    policy: Policy,
    optimizer: ByOptimizer<Adam>,
    scheduler: ByOptimizer<Scheduler>,
    options: LearnerOptions = {},
  ) {
    this.config = config;
    this.policy = policy;
    this.optimizer = optimizer;
    this.scheduler = scheduler;
    this.modelDir = options.modelDir;
    this.gamma = options.gamma ?? 0.99;
    this.syncFrequency = options.syncFrequency ?? 100;
  }

  /** Writes the update down, in order. Runs once for each batch size. */
  protected abstract describe(graph: GraphBuilder, sample: SampleValues): void;

  /** The engine's own arrays for a sample of `size` transitions: filling them spares update() a copy. */
  batch(size: number): Batch {
    return this.#compiled(size).batch;
  }

  /** One update of all networks. Returns the info of the documented learner. */
  update(sample: Batch): UpdateInfo {
    const { program, batch } = this.#compiled(sample.size);
    for (const name of SAMPLE_ARRAYS) if (sample[name] !== batch[name]) batch[name].set(sample[name]);
    this.iterations += 1;
    const synchronise = this.iterations % this.syncFrequency === 0 ? 1 : 0;
    program.setScalar('tau', this.config.target_update === 'soft' ? this.config.tau : synchronise);
    for (const [name, optimizer] of this.optimizer) {
      const { stepSize, correction } = optimizer.step(this.scheduler.get(name)!.learningRate);
      program.setScalar(`${name}/step_size`, stepSize);
      program.setScalar(`${name}/correction`, correction);
    }
    program.run();
    for (const scheduler of this.scheduler.values()) scheduler.step();
    return this.#info(program);
  }

  /** The compiled update for samples of this size, for profiles. */
  program(size: number): Program {
    return this.#compiled(size).program;
  }

  /** The gradients that the last update of a sample of this size handed to Adam, by network; after clipping. */
  gradients(size: number): Map<string, Float32Array> {
    const { program } = this.#compiled(size);
    const trained = [...this.policy.networks.keys()].filter((name) => !name.startsWith('target_'));
    return new Map(trained.map((name) => [name, program.output(`gradient/${name}`).slice()]));
  }

  /** One optimizer step that lowers `loss` by moving the networks `names` of a group; see `optimizer`. */
  protected minimize(
    graph: GraphBuilder,
    group: ParameterGroup,
    optimizer: 'actor' | 'critic',
    names: readonly string[],
    loss: Value,
    clip: boolean,
  ): void {
    const networks = names.map((name) => `${name}/${group.name}`);
    const key = `${optimizer}/${group.name}`;
    const raw = graph.gradient(loss, networks);
    const gradients = clip ? clipByNorm(graph, raw, this.config.grad_clip_norm) : raw;
    const stepSize = graph.scalar(`${key}/step_size`);
    const correction = graph.scalar(`${key}/correction`);
    const { beta1, beta2, epsilon } = this.optimizer.get(key)!.options;
    networks.forEach((network, k) => {
      const gradient = gradients[k]!;
      graph.output(`gradient/${network}`, gradient);
      graph.adam(network, { gradient, stepSize, correction, beta1, beta2, epsilon });
    });
  }

  /** Moves every target network of the policy. */
  protected trackTargets(graph: GraphBuilder): void {
    const tau = graph.scalar('tau');
    for (const target of this.policy.networks.keys())
      if (target.startsWith('target_')) graph.track(target, target.slice('target_'.length), tau);
  }

  /** Reports a scalar of a group under `name`. */
  protected report(graph: GraphBuilder, group: ParameterGroup, name: string, value: Value): void {
    this.#infoNames.add(group.infoPrefix + name);
    graph.output(`info/${group.infoPrefix}${name}`, value);
  }

  /** Columns of the group's agents in a joint [B, 1, N] array, as rows [B, n, 1]. */
  protected ofAgents(graph: GraphBuilder, group: ParameterGroup, x: Value): Value {
    return graph.rows(x, group.agents, 1);
  }

  /**
   * sum(m): the number of active rows that a loss is divided by. Where a group has none, the losses are 0
   * and nothing pulls at its networks (the original divides by zero there).
   */
  protected activeRows(graph: GraphBuilder, mask: Value): Value {
    return graph.maximum(graph.sum(mask), graph.constant(1));
  }

  #info(program: Program): UpdateInfo {
    const info: UpdateInfo = {};
    for (const group of this.policy.groups)
      for (const optimizer of ['actor', 'critic'])
        info[`${group.infoPrefix}learning_rate_${optimizer}`] = this.scheduler.get(
          `${optimizer}/${group.name}`,
        )!.learningRate;
    for (const name of this.#infoNames) info[name] = program.output(`info/${name}`)[0]!;
    return info;
  }

  #compiled(size: number): { program: Program; batch: Batch } {
    const known = this.#programs.get(size);
    if (known) return known;
    const { spec, networks, store } = this.policy;
    const graph = new GraphBuilder(networks.values());
    const agents = spec.agents.length;
    this.describe(graph, {
      obs: graph.input('obs', 1, spec.obsTotal),
      actions: graph.input('actions', 1, spec.actTotal),
      obsNext: graph.input('obsNext', 1, spec.obsTotal),
      rewards: graph.input('rewards', 1, agents),
      terminals: graph.input('terminals', 1, agents),
      agentMask: graph.input('agentMask', 1, agents),
    });
    const program = store.compile(graph.build(), size);
    const arrays = Object.fromEntries(SAMPLE_ARRAYS.map((name) => [name, program.input(name)]));
    const made = { program, batch: { size, ...(arrays as Omit<Batch, 'size'>) } };
    this.#programs.set(size, made);
    return made;
  }
}

/** Gradients times min(1, limit / (norm + 1e-6)), norm over all of them together, as in PyTorch. */
function clipByNorm(graph: GraphBuilder, gradients: readonly Value[], limit: number): Value[] {
  const norm = graph.norm(gradients);
  const ratio = graph.divide(graph.constant(limit), graph.add(norm, graph.constant(1e-6)));
  const factor = graph.minimum(ratio, graph.constant(1));
  return gradients.map((gradient) => graph.multiply(gradient, factor));
}
