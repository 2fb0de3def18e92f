/**
 * TrainingSession: the parts of a run and one step of training, without I/O or clocks. The trainer (trainer.ts) decides
 * when to evaluate, save and report. files() holds the complete state: a restored session continues bit for bit.
 */
import type { Config } from '../config/keys.ts';
import { decodeSections, encodeSections, FLAGS, type Sections } from '../core/sections.ts';
import { FastStream } from '../core/random.ts';
import type { TensorMap } from '../core/tensor-map.ts';
import { UserError } from '../core/user-error.ts';
import { piecesOf, type FileContent } from '../checkpoint/file-content.ts';
import { decodeSafetensors, encodeSafetensors } from '../checkpoint/safetensors.ts';
import type { Engine } from '../engine/engine.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { Learner, LearnerCounters, UpdateInfo } from '../learners/learner.ts';
import { drawNoise } from '../learners/noise.ts';
import { IntervalMeans, type SavedMeans } from '../metrics/interval-means.ts';
import { moments, restoreMoments } from '../policy/moments.ts';
import type { Policy } from '../policy/policy.ts';
import type { Augmentation } from '../replay/augmentation.ts';
import type { Batch, EpisodeBatch } from '../replay/batch.ts';
import { EpisodeReplay } from '../replay/episode-replay.ts';
import type { ReplayBuffer } from '../replay/replay-buffer.ts';
import type { EpisodeListener } from '../rollout/episode-stats.ts';
import { Rollout } from '../rollout/rollout.ts';
import { ALGORITHMS, type AlgorithmTable } from '../learners/registry.ts';
import { buildAugmentation, buildLearner, buildPolicy, buildReplay, rolloutOptions } from './build.ts';

/** Session counters, saved in state.json. */
export interface SessionCounters extends LearnerCounters {
  readonly step: number;
  readonly rounds: number;
  /** Updates skipped by an ensemble. Missing in older checkpoints. */
  readonly skipped_updates?: number;
  /** Updates of the current step still to be made; missing between steps. */
  readonly updates_due?: number;
  /** Info of the last update. */
  readonly last_info: UpdateInfo | null;
  /** What the next metric record is made of. Missing in older checkpoints. */
  readonly interval?: {
    readonly update_means: SavedMeans;
    readonly means: SavedMeans;
    /** Steps of the running episodes, [E]; null: begun before they were counted. */
    readonly episode_steps: readonly (number | null)[];
  };
}

/** Networks of another run. */
export interface InitialNetworks {
  readonly weights: TensorMap;
  /** Moments of its observation normalisation, by name; missing without one. */
  readonly moments?: Sections;
}

/** Replaces a policy's networks, targets included. Throws UserError if they do not fit. */
export function loadInitial(policy: Policy, { weights, moments }: InitialNetworks): void {
  policy.requireParameters(weights, 'parameters');
  policy.load(weights);
  policy.clearHidden();
  if (moments) policy.observations?.restore(moments);
}

/** Bytes by which counters and running episodes may grow, generously. */
const SLACK = 2 ** 20;

/** Options of a session. */
export interface SessionOptions {
  /** Algorithms that `agent` may name. Default: the built-in ones. */
  readonly algorithms?: AlgorithmTable | undefined;
  /** Called after every update with its info. */
  readonly onUpdate?: ((info: UpdateInfo) => void) | undefined;
  /** Called at the end of every training episode. */
  readonly onEpisode?: EpisodeListener | undefined;
}

/** A value became NaN or infinite: training has diverged. */
export class NotFiniteError extends Error {
  /** Name of the first such tensor or info value. */
  readonly tensor: string;
  readonly value: number;

  constructor(tensor: string, value: number) {
    super(`${tensor}: expected finite numbers, got ${value}`);
    this.tensor = tensor;
    this.value = value;
  }
}

/** One training run in memory: advance() makes a vector step and the updates that are due. */
export class TrainingSession {
  readonly config: Config;
  readonly policy: Policy;
  readonly learner: Learner;
  readonly rollout: Rollout;
  readonly #replay: ReplayBuffer | EpisodeReplay;
  readonly #indices: FastStream;
  readonly #augmentation: Augmentation | undefined;
  readonly #symmetries: FastStream;
  /** Stream for the noise inputs of updates. */
  readonly #updateNoise: FastStream;
  readonly #noise: Record<string, Float32Array> = {};
  /** TD error of each sample, [B]. */
  readonly #errors: Float32Array;
  /** 1 for each environment that has ended an episode in the current round, [E]. */
  readonly #endedInRound: Uint8Array;
  /** Steps of the running episodes, [E]; NaN: unknown. */
  readonly #episodeSteps: Float64Array;
  readonly #onUpdate: SessionOptions['onUpdate'];
  // Since the last metric record: means of what updates reported, and of other metrics.
  readonly updateMeans = new IntervalMeans();
  readonly means = new IntervalMeans();
  /** Environment steps so far, summed over environments. */
  step = 0;
  /** Completed rounds of episodes: in each, every environment ended at least one; of recurrent policies, E of them ended. */
  #rounds = 0;
  #skippedUpdates = 0;
  #updatesDue = 0;
  /** Info of the last update. */
  lastInfo: UpdateInfo | undefined;

  /** `env`: config.parallels environments. Call begin() or restore() next. */
  constructor(config: Config, env: VectorEnv, engine: Engine, options: SessionOptions = {}) {
    const { algorithms = ALGORITHMS, onUpdate, onEpisode } = options;
    this.config = config;
    this.#onUpdate = onUpdate;
    this.policy = buildPolicy(config, env.spec, engine, algorithms);
    this.learner = buildLearner(config, this.policy, algorithms);
    this.#replay = buildReplay(config, this.policy);
    this.rollout = new Rollout(env, this.policy, this.#replay, { ...rolloutOptions(config), onEpisode });
    this.#indices = new FastStream(config.seed, 'replay');
    this.#augmentation = buildAugmentation(config, env);
    this.#symmetries = new FastStream(config.seed, 'symmetries');
    this.#updateNoise = new FastStream(config.seed, 'updates');
    this.#errors = new Float32Array(config.batch_size);
    this.#endedInRound = new Uint8Array(config.parallels);
    this.#episodeSteps = new Float64Array(config.parallels);
  }

  /** Starts the first episodes, with random networks or these. Throws UserError if they do not fit. */
  begin(initial?: InitialNetworks): void {
    const { parallels, env_seed } = this.config;
    if (initial) loadInitial(this.policy, initial);
    this.rollout.env.reset(Array.from({ length: parallels }, (_, e) => env_seed + e));
  }

  get updates(): number {
    return this.learner.iterations;
  }

  /** Updates skipped by an ensemble because the sub-policy to train had not played yet. */
  get skippedUpdates(): number {
    return this.#skippedUpdates;
  }

  get finished(): boolean {
    return this.step + this.config.parallels > this.config.running_steps;
  }

  /** Updates of the current step still to be made: above 0 only where advance() paused, or in a session restored there. */
  get updatesDue(): number {
    return this.#updatesDue;
  }

  /**
   * One vector step, then the updates that are due according to the step count before it, as in XuanCe. Between two updates
   * it asks whether to pause; the next call goes on from there.
   */
  advance(pause: () => boolean = () => false): void {
    if (this.#updatesDue === 0) this.#stepEnvironments();
    while (this.#updatesDue > 0) {
      this.#update();
      this.#updatesDue -= 1;
      if (this.#updatesDue > 0 && pause()) return;
    }
    this.step += this.config.parallels;
  }

  #stepEnvironments(): void {
    try {
      this.rollout.step(this.step);
    } catch (error) {
      // If actions are not finite, a network has diverged: report that rather than the environment's error.
      if (this.rollout.actions.some((x) => !Number.isFinite(x))) this.checkFinite();
      throw error;
    }
    this.#countEpisodeSteps();
    if (this.#updateIsDue()) this.#updatesDue = this.config.n_epochs;
  }

  #countEpisodeSteps(): void {
    const { ended } = this.rollout.env;
    const steps = this.#episodeSteps;
    for (let e = 0; e < steps.length; e++) {
      steps[e]! += 1;
      if (ended[e] === 0) continue;
      if (!Number.isNaN(steps[e])) this.means.add('train/episode_length', steps[e]!);
      steps[e] = 0;
    }
  }

  #updateIsDue(): boolean {
    const { start_training, training_frequency, train_per_step, parallels } = this.config;
    if (this.#replay instanceof EpisodeReplay) {
      const rounds = Math.floor(this.#replay.episodes / parallels);
      const ended = rounds > this.#rounds;
      this.#rounds = rounds;
      // As in XuanCe, which counts the steps of a round first.
      return ended && this.step + parallels >= start_training;
    }
    if (train_per_step) return this.step >= start_training && this.step % training_frequency === 0;
    this.rollout.env.ended.forEach((ended, e) => {
      if (ended) this.#endedInRound[e] = 1;
    });
    if (this.#endedInRound.includes(0)) return false;
    this.#endedInRound.fill(0);
    this.#rounds += 1;
    return this.step >= start_training && this.#rounds % training_frequency === 0;
  }

  /**
   * One update on a fresh batch. Skipped, and counted, if an ensemble's sub-policy to train has not played yet. Throws
   * NotFiniteError if the update produces NaN or Infinity.
   */
  #update(): void {
    const { batch_size } = this.config;
    const masked = this.rollout.env.actionMask !== undefined;
    const replay = this.#replay;
    const recurrent = replay instanceof EpisodeReplay;
    const sample = recurrent ? this.#sampleEpisodes(replay, masked) : this.#sampleTransitions(replay, masked);
    if (!sample) {
      this.#skippedUpdates += 1;
      return;
    }
    const [steps, burnIn] = recurrent ? [replay.sampledSteps, replay.burnIn] : [];
    for (const { name, draw, values } of this.learner.noise(batch_size, masked, steps, burnIn)) {
      drawNoise(draw, this.#updateNoise, values);
      this.#noise[name] = values;
    }
    const info = this.learner.update(sample, this.#noise);
    // Delayed algorithms report only what they updated; keep the last value of the rest.
    this.lastInfo = { ...this.lastInfo, ...info };
    this.#gather(info);
    this.#gather(this.learner.gradientNorms());
    this.means.add('replay/age', replay.takeMeanAge());
    if (!recurrent && replay.setErrors) {
      this.learner.readErrors(this.#errors);
      replay.setErrors(this.#errors);
    }
    this.#onUpdate?.(info);
  }

  /** In the learner's arrays; undefined if an ensemble's sub-policy to train has not played yet. */
  #sampleTransitions(replay: ReplayBuffer, masked: boolean): readonly Batch[] | undefined {
    const { batch_size, running_steps } = this.config;
    const batches = this.learner.batches(batch_size, masked);
    if (batches.some(({ playedBy }) => playedBy && !replay.has(playedBy))) return undefined;
    replay.anneal?.(this.step / running_steps);
    for (const batch of batches) {
      replay.sample(this.#indices, batch_size, batch);
      this.#augmentation?.apply(this.#symmetries, batch_size, batch);
      // After augmentation, which works on raw observations.
      for (const seen of [batch.obs, batch.obsNext]) this.policy.observations?.apply(seen);
    }
    return batches;
  }

  #sampleEpisodes(replay: EpisodeReplay, masked: boolean): EpisodeBatch {
    const { batch_size } = this.config;
    const { sampledSteps, burnIn } = replay;
    const batch = this.learner.episodes(batch_size, sampledSteps, masked, burnIn);
    replay.sample(this.#indices, batch);
    this.#augmentation?.apply(this.#symmetries, batch_size, batch);
    this.policy.observations?.apply(batch.obs);
    if (batch.before?.burnIn) this.policy.observations?.apply(batch.before.burnIn.obs);
    return batch;
  }

  /** Adds what an update reported to its means. Throws NotFiniteError. */
  #gather(report: UpdateInfo): void {
    for (const name in report) {
      const value = report[name]!;
      if (!Number.isFinite(value)) {
        this.checkFinite();
        throw new NotFiniteError(name, value);
      }
      this.updateMeans.add(name, value);
    }
  }

  /** Throws NotFiniteError for the first gradient, parameter, moment or action that is not finite. */
  checkFinite(): void {
    for (const [network, block] of this.learner.gradients()) {
      const bad = block.find((x) => !Number.isFinite(x));
      if (bad !== undefined) throw new NotFiniteError(`gradient of ${network}`, bad);
    }
    for (const [name, { data }] of [...this.policy.tensors(), ...moments(this.policy)]) {
      const bad = data.find((x) => !Number.isFinite(x));
      if (bad !== undefined) throw new NotFiniteError(name, bad);
    }
    // Finite weights can still overflow.
    const { obs, actionMask, count } = this.rollout.env;
    const states = this.policy.states(count);
    states.set(this.rollout.states);
    const actions = this.policy.act(obs, 'online', this.rollout.players, actionMask, states);
    const bad = actions.find((x) => !Number.isFinite(x));
    if (bad !== undefined) throw new NotFiniteError('actions', bad);
  }

  counters(): SessionCounters {
    return {
      step: this.step,
      rounds: this.#rounds,
      skipped_updates: this.#skippedUpdates,
      ...(this.#updatesDue > 0 && { updates_due: this.#updatesDue }),
      ...this.learner.counters(),
      last_info: this.lastInfo ?? null,
      interval: {
        update_means: this.updateMeans.saved(),
        means: this.means.saved(),
        episode_steps: Array.from(this.#episodeSteps, (steps) => (Number.isNaN(steps) ? null : steps)),
      },
    };
  }

  /** Upper bound of the size of files(), in bytes. */
  largestCheckpoint(): number {
    const { running_steps, buffer_size } = this.config;
    const now = Object.values(this.files()).flatMap(piecesOf);
    // An episode may have one step.
    const filled = Math.min(1, running_steps / buffer_size);
    return now.reduce((sum, piece) => sum + piece.length, SLACK) + Math.ceil(filled * this.#replay.fullBytes);
  }

  /** Checkpoint files of the session. */
  files(): Record<string, FileContent> {
    return {
      'weights.safetensors': encodeSafetensors(this.policy.tensors()),
      'optimizer.safetensors': encodeSafetensors(moments(this.policy)),
      'replay.bin': this.#replay.snapshot(),
      'rollout.bin': encodeSections({
        rollout: this.rollout.snapshot(),
        indices: this.#indices.getState(),
        symmetries: this.#symmetries.getState(),
        updateNoise: this.#updateNoise.getState(),
        endedInRound: this.#endedInRound,
      }),
    };
  }

  /** Restores a checkpoint's files and counters; `where` names the checkpoint. Throws UserError that names a file. */
  restore(files: ReadonlyMap<string, Uint8Array>, counters: SessionCounters, where: string): void {
    const file = (name: string): Uint8Array => files.get(name)!;
    const tensors = (name: string): TensorMap => decodeSafetensors(file(name), `${where}/${name}`);
    const weights = tensors('weights.safetensors');
    this.policy.requireParameters(weights, `${where}/weights.safetensors`);
    this.policy.load(weights);
    restoreMoments(this.policy, tensors('optimizer.safetensors'), `${where}/optimizer.safetensors`);
    this.#replay.restore(file('replay.bin'), `${where}/replay.bin`);
    // Where updates are due, the environments are one step ahead of the counter.
    const ahead = (counters.updates_due ?? 0) > 0 ? this.config.parallels : 0;
    this.#replay.requireSteps(counters.step + ahead, `${where}/replay.bin`);
    if (this.rollout.env.resumable === false) this.#replay.endEpisodes();
    const sections = decodeSections(file('rollout.bin'), `${where}/rollout.bin`);
    this.rollout.restore(sections.get('rollout', Uint8Array), `${where}/rollout.bin`);
    const masks = (present: boolean): string => `transitions ${present ? 'with' : 'without'} action masks`;
    const masked = this.rollout.env.actionMask !== undefined;
    if (this.#replay.size > 0 && this.#replay.hasActionMasks !== masked)
      throw new UserError(
        `${where}/replay.bin: expected ${masks(masked)}, as the environment has, got ${masks(!masked)}; ` +
          'resume with the environment of the run',
      );
    this.#indices.setState(sections.streamState('indices', FastStream.STATE_WORDS));
    this.#symmetries.setState(sections.streamState('symmetries', FastStream.STATE_WORDS));
    this.#updateNoise.setState(sections.streamState('updateNoise', FastStream.STATE_WORDS));
    this.#endedInRound.set(sections.get('endedInRound', Uint8Array, this.#endedInRound.length, FLAGS));
    this.step = counters.step;
    this.#rounds = counters.rounds;
    this.#skippedUpdates = counters.skipped_updates ?? 0;
    this.#updatesDue = counters.updates_due ?? 0;
    this.lastInfo = counters.last_info ?? undefined;
    this.#restoreInterval(counters, `${where}/state.json`);
    this.learner.restore(counters, `${where}/state.json`);
  }

  #restoreInterval({ interval }: SessionCounters, where: string): void {
    const steps = this.#episodeSteps;
    const saved = interval?.episode_steps ?? new Array<null>(steps.length).fill(null);
    if (saved.length !== steps.length)
      throw new UserError(
        `${where}: expected interval.episode_steps of ${steps.length} environments, got ${saved.length}`,
      );
    const restarted = this.rollout.env.resumable === false;
    saved.forEach((count, e) => (steps[e] = restarted ? 0 : (count ?? NaN)));
    this.updateMeans.restore(interval?.update_means ?? {});
    this.means.restore(interval?.means ?? {});
  }
}
