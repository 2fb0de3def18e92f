/**
 * Learner: runs what algorithms describe. It compiles their update for the sample's size, feeds samples and step
 * sizes, steps optimizers and schedulers, and reads the info. No randomness here: indices and noise come in with the
 * sample.
 */
import type { Config } from '../config/keys.ts';
import { GraphBuilder } from '../engine/builder.ts';
import type { Program } from '../engine/engine.ts';
import type { Adam } from '../optim/adam.ts';
import type { Scheduler } from '../optim/schedulers.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';
import type { Batch } from '../replay/batch.ts';
import type { Algorithm, NoiseInput } from './algorithm.ts';
import { dropoutRates, fillNoise, noiseArrays, type NoiseArray } from './noise.ts';
import { readErrors } from './td-errors.ts';
import { Update, type SampleValues } from './update.ts';

/** One optimizer and one scheduler for each name `actor/<group>`, `critic/<group>`. */
export type ByOptimizer<T> = ReadonlyMap<string, T>;

/** The config keys that learners read. */
export type LearnerConfig = Pick<
  Config,
  'update_order' | 'dl_toolbox' | 'use_grad_clip' | 'grad_clip_norm' | 'tau' | 'target_update'
> &
  Partial<
    Pick<
      Config,
      | 'actor_update_delay'
      | 'target_noise'
      | 'target_noise_clip'
      | 'logit_regularization'
      | 'critic_reward'
      | 'critic_loss'
      | 'huber_delta'
      | 'infer_entropy'
      | 'replay'
      | 'dropout'
    >
  >;

export interface LearnerOptions {
  /** Where checkpoints of this learner belong; kept for the caller. */
  readonly modelDir?: string;
  /** Discount of future rewards. Default 0.99. */
  readonly gamma?: number;
  /** With `target_update: hard`, targets are copied every so many updates. Default 100. */
  readonly syncFrequency?: number;
}

/** What a learner of one algorithm is made of; the documented constructor. */
export type LearnerArguments = [
  config: LearnerConfig,
  policy: Policy,
  optimizer: ByOptimizer<Adam>,
  scheduler: ByOptimizer<Scheduler>,
  options?: LearnerOptions,
];

/** What an update reports; keys of a group other than the only one start with `<group>/`. */
export type UpdateInfo = Record<string, number>;

const SAMPLE_ARRAYS = [
  'obs',
  'actions',
  'obsNext',
  'rewards',
  'terminals',
  'agentMask',
  'discounts',
  'weights',
] as const;

/** A batch in the engine's memory; weights are there with prioritised replay only. */
export type EngineBatch = Batch & Required<Pick<Batch, 'discounts'>>;

export class Learner {
  readonly config: LearnerConfig;
  readonly policy: Policy;
  readonly optimizer: ByOptimizer<Adam>;
  readonly scheduler: ByOptimizer<Scheduler>;
  readonly modelDir: string | undefined;
  readonly gamma: number;
  readonly syncFrequency: number;
  /** Updates made so far. */
  iterations = 0;
  readonly #algorithmOf: (group: ParameterGroup) => Algorithm;
  /** The noise that the algorithms take, each once. */
  readonly #noiseInputs: readonly NoiseInput[];
  /** Compiled updates by variants and batch size. */
  readonly #programs = new Map<string, Compiled>();
  #last: Compiled | undefined;

  /** `algorithm`: one for all groups, or which one a group has. */
  constructor(
    algorithm: Algorithm | ((group: ParameterGroup) => Algorithm),
    ...[config, policy, optimizer, scheduler, options = {}]: LearnerArguments
  ) {
    this.#algorithmOf = typeof algorithm === 'function' ? algorithm : () => algorithm;
    this.config = config;
    this.policy = policy;
    this.optimizer = optimizer;
    this.scheduler = scheduler;
    this.modelDir = options.modelDir;
    this.gamma = options.gamma ?? 0.99;
    this.syncFrequency = options.syncFrequency ?? 100;
    const inputs = policy.groups.flatMap((group) => this.#algorithmOf(group).noiseInputs(config, policy));
    this.#noiseInputs = [...new Map(inputs.map((input) => [input.name, input])).values()];
  }

  /**
   * The engine's own arrays for the next sample of `size` transitions: filling them spares update() a copy. Discounts
   * are gamma until somebody writes others.
   */
  batch(size: number): EngineBatch {
    return this.#compiled(size, this.iterations + 1).batch;
  }

  /** All the noise that the next update takes beside its `size` transitions, in the engine's own arrays. */
  noise(size: number): readonly NoiseArray[] {
    return this.#compiled(size, this.iterations + 1).noise;
  }

  /** One update of all networks. `noise` holds what noise() lists. Returns the info of the documented learner. */
  update(sample: Batch, noise: Readonly<Record<string, Float32Array>> = {}): UpdateInfo {
    this.iterations += 1;
    const compiled = this.#compiled(sample.size, this.iterations);
    const { program, batch, update } = compiled;
    for (const name of SAMPLE_ARRAYS) {
      const [given, to] = [sample[name], batch[name]];
      if (given === undefined) to?.fill(name === 'discounts' ? this.gamma : 1);
      else if (given !== to) to?.set(given);
    }
    for (const input of compiled.noise) fillNoise(input, noise[input.name]);
    const synchronise = this.iterations % this.syncFrequency === 0 ? 1 : 0;
    if (update.tracked.length > 0)
      program.setScalar('tau', this.config.target_update === 'soft' ? this.config.tau : synchronise);
    for (const name of update.optimizers) {
      const step = this.optimizer.get(name)!.step(this.scheduler.get(name)!.learningRate);
      program.setScalar(`${name}/step_size`, step.stepSize);
      program.setScalar(`${name}/correction`, step.correction);
    }
    program.run();
    for (const name of update.optimizers) this.scheduler.get(name)!.step();
    this.#last = compiled;
    return this.#info(compiled);
  }

  /** The compiled update for samples of this size, for profiles. */
  program(size: number): Program {
    return this.#compiled(size, this.iterations + 1).program;
  }

  /**
   * With prioritised replay: how far the critics were off on each sample of the last update, [B] into `out`, as the mean
   * over agents of |error|.
   */
  readErrors(out: Float32Array): void {
    if (this.#last) readErrors(this.#last.program, this.#last.update.errors, this.#last.batch, out);
  }

  /** The gradients that the last update handed to Adam, by network, after clipping; none before the first one. */
  gradients(): Map<string, Float32Array> {
    const last = this.#last;
    return new Map(
      last?.update.trained.map((name) => [name, last.program.output(`gradient/${name}`).slice()]),
    );
  }

  #info({ program, update }: Compiled): UpdateInfo {
    const reported: UpdateInfo = {};
    for (const { name, infoPrefix } of this.policy.groups)
      for (const network of ['actor', 'critic'])
        if (update.optimizers.includes(`${network}/${name}`))
          reported[`${infoPrefix}learning_rate_${network}`] = this.scheduler.get(
            `${network}/${name}`,
          )!.learningRate;
    for (const name of update.info) reported[name] = program.output(`info/${name}`)[0]!;
    return reported;
  }

  #variantOf(group: ParameterGroup, iteration: number): string {
    return this.#algorithmOf(group).variantOf?.(this.config, iteration) ?? 'all';
  }

  #compiled(size: number, iteration: number): Compiled {
    const { groups, store } = this.policy;
    const key = [size, ...groups.map((group) => this.#variantOf(group, iteration))].join(' ');
    const known = this.#programs.get(key);
    if (known) return known;
    const update = this.#describe(iteration);
    const program = store.compile(update.graph.build(), size);
    const inputs = SAMPLE_ARRAYS.filter((name) => name !== 'weights' || update.sample.weights);
    const arrays = Object.fromEntries(inputs.map((name) => [name, program.input(name)]));
    const batch = { size, ...(arrays as unknown as Omit<EngineBatch, 'size'>) };
    batch.discounts.fill(this.gamma);
    const noise = noiseArrays(update.graph.nodes, program);
    const compiled = { program, batch, noise, update };
    this.#programs.set(key, compiled);
    return compiled;
  }

  /** All targets first: no group's steps reach into another's. */
  #describe(iteration: number): Update {
    const { policy, config } = this;
    const { networks } = policy;
    const graph = new GraphBuilder(networks.values(), dropoutRates(networks.keys(), config.dropout));
    const update = new Update({
      ...{ graph, policy, config, sample: this.#sampleValues(graph) },
      algorithmOf: this.#algorithmOf,
      variantOf: (group) => this.#variantOf(group, iteration),
      adamOf: (name) => this.optimizer.get(name)!.options,
    });
    const targets = policy.groups.map((group) => this.#algorithmOf(group).target(update, group));
    policy.groups.forEach((group, g) => {
      this.#algorithmOf(group).steps(update, group, targets[g]!);
    });
    return update;
  }

  #sampleValues(graph: GraphBuilder): SampleValues {
    const { spec } = this.policy;
    const agents = spec.agents.length;
    return {
      obs: graph.input('obs', 1, spec.obsTotal),
      actions: graph.input('actions', 1, spec.actTotal),
      obsNext: graph.input('obsNext', 1, spec.obsTotal),
      rewards: graph.input('rewards', 1, agents),
      terminals: graph.input('terminals', 1, agents),
      agentMask: graph.input('agentMask', 1, agents),
      discounts: graph.input('discounts', 1, 1),
      weights: this.config.replay === 'prioritized' ? graph.input('weights', 1, 1) : undefined,
      noise: Object.fromEntries(
        this.#noiseInputs.map(({ name, distribution }) => [
          name,
          graph.noise(name, 1, spec.actTotal, { name: distribution }),
        ]),
      ),
    };
  }
}

interface Compiled {
  readonly program: Program;
  readonly batch: EngineBatch;
  readonly noise: readonly NoiseArray[];
  readonly update: Update;
}
