/**
 * Learners with XuanCe's interface: `new MADDPGLearner(config, policy, optimizer, scheduler, device, modelDir, gamma,
 * syncFrequency)`, `update(sample)` and, for recurrent policies, `update_rnn(sample)`. Examples: docs/library.md. The algorithms
 * are in learners/<algorithm>.ts.
 */
import type { Config } from '../config/keys.ts';
import { FastStream } from '../core/random.ts';
import { UserError } from '../core/user-error.ts';
import { Learner, type UpdateInfo } from '../learners/learner.ts';
import { drawNoise } from '../learners/noise.ts';
import type { Adam } from '../optim/adam.ts';
import type { Scheduler } from '../optim/schedulers.ts';
import type { Policy } from '../policy/policy.ts';
import type { Batch, EpisodeBatch } from '../replay/batch.ts';
import { TeamRewards } from '../replay/team-rewards.ts';
import { readArguments, type LearnerArguments } from './arguments.ts';
import { loadModel, saveModel, type Model } from './model-files.ts';
import { perNetwork, type PerNetwork } from './optimizers.ts';
import { readArray, readSample, readSequences, type AgentArrays, type Sample } from './sample.ts';
import { readSequenceSample, type AgentSequences, type SequenceSample } from './sequence-sample.ts';
import { within } from '../core/within.ts';

/** Base class, named as in XuanCe. Use it directly if teams have different algorithms: `agent` maps team to algorithm. */
export class LearnerMAS {
  /** The config, with defaults filled in. */
  readonly args: Config;
  readonly policy: Policy;
  /** For actor and critic: a single Adam, or a map by parameter group if there are several. */
  readonly optimizer: PerNetwork<Adam>;
  readonly scheduler: PerNetwork<Scheduler>;
  /** Default folder of saveModel() and loadModel(). */
  readonly modelDir: string;
  readonly #learner: Learner;
  /** Source of noise that the caller does not supply. */
  readonly #stream: FastStream;
  readonly #envId: string | undefined;
  readonly #teams: TeamRewards | undefined;

  /** Throws UserError if an argument is invalid or contradicts the config. */
  constructor(agent: Config['agent'], ...args: LearnerArguments) {
    const name = typeof agent === 'string' ? `${agent}Learner` : 'LearnerMAS';
    const { algorithmOf, parts, modelDir, envId } = within(name, () => readArguments(agent, args));
    this.args = parts.config;
    this.policy = parts.policy;
    this.optimizer = perNetwork(parts.policy, parts.optimizer);
    this.scheduler = perNetwork(parts.policy, parts.scheduler);
    this.modelDir = modelDir;
    this.#learner = new Learner(algorithmOf, parts);
    this.#stream = new FastStream(parts.config.seed, 'updates');
    this.#envId = envId;
    this.#teams = this.args.critic_reward === 'team' ? new TeamRewards(parts.policy.spec) : undefined;
  }

  get device(): 'cpu' | 'gpu' {
    return this.policy.engine.device;
  }

  /** Discount factor. */
  get gamma(): number {
    return this.args.gamma;
  }

  /** Soft update coefficient. */
  get tau(): number {
    return this.args.tau;
  }

  get syncFrequency(): number {
    return this.args.sync_frequency;
  }

  get nAgents(): number {
    return this.policy.spec.agents.length;
  }

  /** XuanCe's name for nAgents. */
  get n_agents(): number {
    return this.nAgents;
  }

  /** Updates made so far. */
  get iterations(): number {
    return this.#learner.iterations;
  }

  /**
   * One update of all networks. Returns `learning_rate_actor`, `learning_rate_critic` (of the next update), `loss_actor`,
   * `loss_critic`, `predictQ` and any other values the algorithm reports, prefixed with `<group>/` if there are several
   * parameter groups.
   *
   * Noise (soft and discrete actors, target smoothing, dropout) is drawn from the learner's seed unless `noise` supplies it
   * by name, [B][N][A_i]. Observations are normalised if the policy normalises them, and rewards averaged over teams with
   * `critic_reward: team`.
   *
   * Throws UserError, without updating, if an array is missing or has the wrong size.
   */
  update(sample: Sample | Batch, noise: Readonly<Record<string, AgentArrays>> = {}): UpdateInfo {
    return within('update', () => {
      this.#requireRecurrent(false);
      const { spec, observations } = this.policy;
      const batch = readSample(sample, spec, this.gamma, (size, masked) => this.#learner.batch(size, masked));
      this.#teams?.average(batch.rewards);
      for (const seen of [batch.obs, batch.obsNext]) observations?.apply(seen);
      return this.#learner.update(batch, this.#noise(batch, noise));
    });
  }

  /**
   * As update(), for a recurrent policy (`use_rnn`), which learns from whole episodes. `noise` is [B][T][N][A_i], or
   * [B][T + 1][N][A_i] where next actions are drawn from it.
   */
  update_rnn(
    sample: SequenceSample,
    noise: Readonly<Record<string, AgentArrays | AgentSequences>> = {},
  ): UpdateInfo {
    return within('update_rnn', () => {
      this.#requireRecurrent(true);
      const { spec, observations } = this.policy;
      const episodes = readSequenceSample(sample, spec, this.gamma, (size, steps, masked) =>
        this.#learner.episodes(size, steps, masked),
      );
      this.#teams?.average(episodes.rewards);
      observations?.apply(episodes.obs);
      return this.#learner.update(episodes, this.#noise(episodes, noise));
    });
  }

  #requireRecurrent(wanted: boolean): void {
    const recurrent = this.policy.options.recurrent !== undefined;
    if (recurrent === wanted) return;
    throw new UserError(
      wanted
        ? 'expected a recurrent policy, got a feed-forward one, which learns from transitions; call update()'
        : 'expected a feed-forward policy, got a recurrent one, which learns from episodes; call update_rnn()',
    );
  }

  /** Noise of the next update by name: supplied or drawn. */
  #noise(
    sample: Batch | EpisodeBatch,
    given: Readonly<Record<string, unknown>>,
  ): Record<string, Float32Array> {
    const { agents, actTotal } = this.policy.spec;
    const { size } = sample;
    const steps = 'steps' in sample ? sample.steps : undefined;
    const inputs = this.#learner.noise(size, sample.actionMask !== undefined, steps);
    const unknown = Object.keys(given).find((name) => !inputs.some((input) => input.name === name));
    if (unknown !== undefined)
      throw new UserError(
        `noise: expected ${inputs.map(({ name }) => name).join(', ') || 'none'}, got ${unknown}`,
      );
    const actions = agents.map(({ actWidth }) => actWidth);
    for (const { name: own, draw, values } of inputs) {
      if (given[own] === undefined) continue;
      const name = `noise ${own}`;
      const width = values.length / size;
      if (steps !== undefined && draw.name !== 'dropout')
        readSequences(given[own], size, values, { name, widths: actions });
      else readArray(given[own], size, values, { name, widths: width === actTotal ? actions : [width] });
    }
    for (const { name, draw, values } of inputs)
      if (given[name] === undefined) drawNoise(draw, this.#stream, values);
    return Object.fromEntries(inputs.map(({ name, values }) => [name, values]));
  }

  /** With `replay: prioritized`: mean over agents of |TD error| for each transition of the last update, [B] into `out`. */
  readErrors(out: Float32Array): void {
    this.#learner.readErrors(out);
  }

  /** Gradients of the last update by network, after clipping; empty before the first update. */
  gradients(): Map<string, Float32Array> {
    return this.#learner.gradients();
  }

  /**
   * Saves networks, optimizers and counters, replacing the model in `dir` atomically. Returns the folder written. Throws
   * UserError if `dir` is the run directory of a training run.
   */
  saveModel(dir = this.modelDir): Promise<string> {
    // Synchronous: an update made before the promise is awaited must not affect the files.
    return new Promise((resolve) => {
      resolve(saveModel(dir, this.#model()));
    });
  }

  /**
   * Restores the model in `dir`, or the newest checkpoint of a run, so that updates continue bit for bit. Returns the
   * folder read. Throws CheckpointError if it is missing or damaged, UserError if it belongs to other networks; the learner
   * is then unchanged.
   */
  loadModel(dir = this.modelDir): Promise<string> {
    return new Promise((resolve) => {
      resolve(loadModel(dir, this.#model()));
    });
  }

  #model(): Model {
    return { config: this.args, envId: this.#envId, learner: this.#learner, stream: this.#stream };
  }

  /** Disposes of the policy's engine and everything built on it. */
  dispose(): void {
    this.policy.engine.dispose();
  }
}

/** XuanCe's MADDPG_Learner (Lowe et al. 2017). */
export class MADDPGLearner extends LearnerMAS {
  constructor(...args: LearnerArguments) {
    super('MADDPG', ...args);
  }
}

/** XuanCe's MATD3_Learner (Ackermann et al. 2019): twin critics, delayed actor and target updates. */
export class MATD3Learner extends LearnerMAS {
  constructor(...args: LearnerArguments) {
    super('MATD3', ...args);
  }
}

/** XuanCe's IDDPG_Learner: independent DDPG. */
export class IDDPGLearner extends LearnerMAS {
  constructor(...args: LearnerArguments) {
    super('IDDPG', ...args);
  }
}

/** XuanCe's ISAC_Learner: independent soft actor-critic. */
export class ISACLearner extends LearnerMAS {
  constructor(...args: LearnerArguments) {
    super('ISAC', ...args);
  }
}

/** XuanCe's MASAC_Learner: soft actor-critic with joint critics. */
export class MASACLearner extends LearnerMAS {
  constructor(...args: LearnerArguments) {
    super('MASAC', ...args);
  }
}
