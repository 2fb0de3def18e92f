/**
 * Learner: runs what algorithms describe. It feeds samples and step sizes to their compiled update (compiled-updates.ts),
 * steps optimizers and schedulers, and reads the info. No randomness here: indices and noise come in with the sample.
 */
import type { Config } from '../config/keys.ts';
import type { Program } from '../engine/engine.ts';
import type { Adam } from '../optim/adam.ts';
import type { Scheduler } from '../optim/schedulers.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';
import type { Batch } from '../replay/batch.ts';
import type { Algorithm } from './algorithm.ts';
import { CompiledUpdates, type CompiledUpdate } from './compiled-updates.ts';
import { fillNoise, type NoiseArray } from './noise.ts';
import { copySample, type SampleBatch } from './sample.ts';
import { readErrors } from './td-errors.ts';

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
  readonly #updates: CompiledUpdates;
  #last: CompiledUpdate | undefined;

  /** `algorithm`: one for all groups, or which one a group has. */
  constructor(
    algorithm: Algorithm | ((group: ParameterGroup) => Algorithm),
    ...[config, policy, optimizer, scheduler, options = {}]: LearnerArguments
  ) {
    this.config = config;
    this.policy = policy;
    this.optimizer = optimizer;
    this.scheduler = scheduler;
    this.modelDir = options.modelDir;
    this.gamma = options.gamma ?? 0.99;
    this.syncFrequency = options.syncFrequency ?? 100;
    this.#updates = new CompiledUpdates({
      ...{ policy, config, gamma: this.gamma },
      algorithmOf: typeof algorithm === 'function' ? algorithm : () => algorithm,
      adamOf: (name) => optimizer.get(name)!.options,
    });
  }

  /**
   * The engine's own arrays for the next sample of `size` transitions: filling them spares update() a copy. Discounts
   * are gamma until somebody writes others.
   */
  batch(size: number): SampleBatch {
    return this.batches(size)[0]!;
  }

  /** All the noise that the next update takes beside its `size` transitions, in the engine's own arrays. */
  noise(size: number): readonly NoiseArray[] {
    return this.#next(size).noise;
  }

  /**
   * The same for every sample of the next update: one for all groups, but with an ensemble one for each group, of
   * transitions that the sub-policy whose turn it is played (Batch.playedBy).
   */
  batches(size: number): readonly SampleBatch[] {
    return this.#next(size).batches;
  }

  /**
   * One update of all networks, of an ensemble those whose turn it is. `sample`: as batches() has them; `noise` holds what
   * noise() lists. Returns the info of the documented learner.
   */
  update(sample: Batch | readonly Batch[], noise: Readonly<Record<string, Float32Array>> = {}): UpdateInfo {
    const samples = 'size' in sample ? [sample] : sample;
    const compiled = this.#next(samples[0]?.size ?? 0);
    const { program, batches, optimizers } = compiled;
    if (samples.length !== batches.length)
      throw new RangeError(`update: expected ${batches.length} samples, got ${samples.length}`);
    batches.forEach((batch, s) => {
      copySample(samples[s]!, batch, this.gamma);
    });
    this.iterations += 1;
    for (const input of compiled.noise) fillNoise(input, noise[input.name]);
    const synchronise = this.iterations % this.syncFrequency === 0 ? 1 : 0;
    if (compiled.tracked.length > 0)
      program.setScalar('tau', this.config.target_update === 'soft' ? this.config.tau : synchronise);
    for (const name of optimizers) {
      const step = this.optimizer.get(name)!.step(this.scheduler.get(name)!.learningRate);
      program.setScalar(`${name}/step_size`, step.stepSize);
      program.setScalar(`${name}/correction`, step.correction);
    }
    program.run();
    for (const name of optimizers) this.scheduler.get(name)!.step();
    this.#last = compiled;
    return this.#info(compiled);
  }

  /** The compiled update for samples of this size, for profiles. */
  program(size: number): Program {
    return this.#next(size).program;
  }

  /**
   * With prioritised replay: how far the critics were off on each sample of the last update, [B] into `out`, as the mean
   * over agents of |error|.
   */
  readErrors(out: Float32Array): void {
    if (this.#last) readErrors(this.#last.program, this.#last.errors, this.#last.batches[0]!, out);
  }

  /** The gradients that the last update handed to Adam, by network, after clipping; none before the first one. */
  gradients(): Map<string, Float32Array> {
    const last = this.#last;
    return new Map(last?.trained.map((name) => [name, last.program.output(`gradient/${name}`).slice()]));
  }

  #next(size: number): CompiledUpdate {
    return this.#updates.of(size, this.iterations + 1);
  }

  #info({ program, optimizers, info }: CompiledUpdate): UpdateInfo {
    const reported: UpdateInfo = {};
    for (const { name, infoPrefix } of this.policy.groups)
      for (const network of ['actor', 'critic'])
        for (const key of this.policy.subNetworks(network).map((own) => `${own}/${name}`))
          if (optimizers.includes(key))
            reported[`${infoPrefix}learning_rate_${network}`] = this.scheduler.get(key)!.learningRate;
    for (const name of info) reported[name] = program.output(`info/${name}`)[0]!;
    return reported;
  }
}
