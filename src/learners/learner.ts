/**
 * Learner: runs compiled updates (compiled-updates.ts). It feeds in samples and step sizes, steps optimizers and
 * schedulers, and reads the info. Deterministic: sample indices and noise come from the caller.
 */
import { shortened } from '../core/described.ts';
import { UserError } from '../core/user-error.ts';
import type { Program } from '../engine/engine.ts';
import type { Adam } from '../optim/adam.ts';
import type { Scheduler } from '../optim/schedulers.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';
import type { Batch, EpisodeBatch } from '../replay/batch.ts';
import type { Algorithm } from './algorithm.ts';
import { CompiledUpdates, type CompiledUpdate } from './compiled-updates.ts';
import { learnerConfig, type LearnerConfig } from './learner-config.ts';
import { fillNoise, type NoiseArray } from './noise.ts';
import {
  copyEpisodes,
  copySample,
  type SampleBatch,
  type SampleEpisodes,
  type SampleKind,
} from './sample.ts';
import { readErrors } from './td-errors.ts';

/** By optimizer name: `actor/<group>`, `critic/<group>`, ... */
export type ByOptimizer<T> = ReadonlyMap<string, T>;

/** Constructor options. */
export interface LearnerParts {
  /** Missing keys take the key table's defaults. */
  readonly config: Partial<LearnerConfig>;
  readonly policy: Policy;
  readonly optimizer: ByOptimizer<Adam>;
  readonly scheduler: ByOptimizer<Scheduler>;
}

/** Learner state besides parameters and Adam's moments. */
export interface LearnerCounters {
  readonly iterations: number;
  readonly optimizer_steps: Readonly<Record<string, number>>;
  readonly scheduler_steps: Readonly<Record<string, number>>;
}

/** Reported values by name, prefixed with `<group>/` if there are several groups. */
export type UpdateInfo = Record<string, number>;

/**
 * Trains the networks of a policy: compiles the updates that its algorithm describes and runs them, one per call of
 * update(). Subclasses fix the algorithm; docs/library.md shows how to add one.
 */
export class Learner {
  readonly config: LearnerConfig;
  readonly policy: Policy;
  readonly optimizer: ByOptimizer<Adam>;
  readonly scheduler: ByOptimizer<Scheduler>;
  /** Updates made so far. */
  iterations = 0;
  readonly #updates: CompiledUpdates;
  #last: CompiledUpdate | undefined;

  /** `algorithm`: one for all groups, or a function of the group. */
  constructor(
    algorithm: Algorithm | ((group: ParameterGroup) => Algorithm),
    { config, policy, optimizer, scheduler }: LearnerParts,
  ) {
    this.config = learnerConfig(config);
    this.policy = policy;
    this.optimizer = optimizer;
    this.scheduler = scheduler;
    this.#updates = new CompiledUpdates({
      ...{ policy, config: this.config },
      algorithmOf: typeof algorithm === 'function' ? algorithm : () => algorithm,
      adamOf: (name) => optimizer.get(name)!.options,
    });
  }

  /**
   * Engine arrays for the next sample of `size` transitions; filling them in place saves update() a copy. They last until
   * samples of eight other sizes or kinds are used. Discounts are preset to gamma. `masked`: with action masks.
   */
  batch(size: number, masked = false): SampleBatch {
    return this.batches(size, masked)[0]!;
  }

  /**
   * As batch(), for `size` episodes of `steps` steps: what recurrent networks learn from. With `burnIn`: sequences of `steps`
   * steps, preceded by `burnIn` burn-in steps (possibly 0) that start from stored states (EpisodeBatch.before).
   */
  episodes(size: number, steps: number, masked = false, burnIn?: number): SampleEpisodes {
    return this.#next({ size, masked, steps, burnIn }).episodes!;
  }

  /** Noise inputs of the next update for a sample of batch() or episodes(), as engine arrays to fill. */
  noise(size: number, masked = false, steps?: number, burnIn?: number): readonly NoiseArray[] {
    return this.#next({ size, masked, steps, burnIn }).noise;
  }

  /**
   * As batch(), for every sample of the next update: one for all groups, or with an ensemble one per group, of
   * transitions played by the sub-policy being trained (Batch.playedBy).
   */
  batches(size: number, masked = false): readonly SampleBatch[] {
    return this.#next({ size, masked }).batches;
  }

  /**
   * Runs one update of all networks (of an ensemble, one sub-policy per group). `sample` matches batches() or episodes(),
   * `noise` matches noise(). Returns XuanCe's info keys. Throws UserError if an array is missing or has the wrong length,
   * RangeError if the number of samples or the noise does not fit.
   */
  update(
    sample: Batch | readonly Batch[] | EpisodeBatch,
    noise: Readonly<Record<string, Float32Array>> = {},
  ): UpdateInfo {
    const compiled = 'steps' in sample ? this.#ofEpisodes(sample) : this.#ofTransitions(sample);
    const { program, optimizers } = compiled;
    for (const input of compiled.noise) fillNoise(input, noise[input.name]);
    this.iterations += 1;
    const { target_update, tau, sync_frequency } = this.config;
    const copied = this.iterations % sync_frequency === 0 ? 1 : 0;
    if (compiled.tracked.length > 0) program.setScalar('tau', target_update === 'soft' ? tau : copied);
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

  /** The compiled next update for `size` transitions, or episodes of `steps` steps, for profiling. */
  program(size: number, steps?: number): Program {
    return this.#next({ size, steps, masked: false }).program;
  }

  /**
   * With prioritized replay: writes the TD errors of the last update to `out` [B], |error| averaged over agents.
   */
  readErrors(out: Float32Array): void {
    const [batch] = this.#last?.batches ?? [];
    if (batch) readErrors(this.#last!.program, this.#last!.errors, batch, out);
  }

  /** Gradients of the last update by network, after clipping; empty before the first update. */
  gradients(): Map<string, Float32Array> {
    const last = this.#last;
    return new Map(last?.trained.map((name) => [name, last.program.output(`gradient/${name}`).slice()]));
  }

  /** Gradient norms of the last update, before clipping: `<group>/grad_norm_actor`, ...; twin critics have one. */
  gradientNorms(): UpdateInfo {
    const norms: UpdateInfo = {};
    const last = this.#last;
    for (const name of last?.norms ?? []) norms[name] = last!.program.output(`norm/${name}`)[0]!;
    return norms;
  }

  /** Counters to save in a checkpoint. */
  counters(): LearnerCounters {
    const steps = (all: ByOptimizer<Adam | Scheduler>): Record<string, number> =>
      Object.fromEntries([...all].map(([name, one]) => [name, one.steps]));
    return {
      iterations: this.iterations,
      optimizer_steps: steps(this.optimizer),
      scheduler_steps: steps(this.scheduler),
    };
  }

  /** Throws UserError unless the counters are of these optimizers. `where` names their file. */
  requireCounters({ optimizer_steps, scheduler_steps }: LearnerCounters, where: string): void {
    const names = [...this.optimizer.keys()].sort().join(', ');
    for (const [key, steps] of Object.entries({ optimizer_steps, scheduler_steps })) {
      const given = Object.keys(steps).sort().join(', ');
      if (given !== names)
        throw new UserError(`${where}: expected ${key} of ${names}, got ${shortened(given) || 'none'}`);
    }
  }

  /** Restores counters(). Throws UserError as requireCounters(). */
  restore(counters: LearnerCounters, where = 'counters'): void {
    this.requireCounters(counters, where);
    const { iterations, optimizer_steps, scheduler_steps } = counters;
    this.iterations = iterations;
    for (const [name, optimizer] of this.optimizer) optimizer.steps = optimizer_steps[name]!;
    for (const [name, scheduler] of this.scheduler) scheduler.steps = scheduler_steps[name]!;
  }

  /** The next update, with a sample of transitions. */
  #ofTransitions(sample: Batch | readonly Batch[]): CompiledUpdate {
    const samples = 'size' in sample ? [sample] : sample;
    const [first] = samples;
    const compiled = this.#next({ size: first?.size ?? 0, masked: first?.actionMask !== undefined });
    const { batches } = compiled;
    if (samples.length !== batches.length)
      throw new RangeError(`update: expected ${batches.length} samples, got ${samples.length}`);
    batches.forEach((batch, s) => {
      copySample(samples[s]!, batch, this.config.gamma);
    });
    return compiled;
  }

  /** The next update, with a sample of episodes. */
  #ofEpisodes(sample: EpisodeBatch): CompiledUpdate {
    const { size, steps, actionMask, before } = sample;
    const burnIn = before && (before.burnIn?.steps ?? 0);
    const compiled = this.#next({ size, steps, burnIn, masked: actionMask !== undefined });
    copyEpisodes(sample, compiled.episodes!, this.config.gamma);
    return compiled;
  }

  /** Throws RangeError if the policy is recurrent and the sample has no episodes, or the other way round. */
  #next(sample: SampleKind): CompiledUpdate {
    const recurrent = this.policy.options.recurrent !== undefined;
    if (recurrent !== (sample.steps !== undefined)) {
      const [wanted, got] = recurrent ? ['episodes', 'transitions'] : ['transitions', 'episodes'];
      throw new RangeError(`update: expected ${wanted}, got ${got}`);
    }
    return this.#updates.of(sample, this.iterations + 1);
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
