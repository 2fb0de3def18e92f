/**
 * The learners as XuanCe documents them: MADDPG_Learner is `new MADDPGLearner(config, policy, optimizer, scheduler, device,
 * modelDir, gamma, syncFrequency)`, and `update(sample)` makes one update. docs/library.md has examples; what an update
 * computes is in learners/<algorithm>.ts.
 */
import type { Config } from '../config/keys.ts';
import { FastStream } from '../core/random.ts';
import { UserError } from '../core/user-error.ts';
import { Learner, type UpdateInfo } from '../learners/learner.ts';
import { drawNoise } from '../learners/noise.ts';
import type { Adam } from '../optim/adam.ts';
import type { Scheduler } from '../optim/schedulers.ts';
import type { Policy } from '../policy/policy.ts';
import type { Batch } from '../replay/batch.ts';
import { readArguments, type LearnerArguments } from './arguments.ts';
import { loadModel, saveModel, type Model } from './model-files.ts';
import { perNetwork, type PerNetwork } from './optimizers.ts';
import { readArray, readSample, type AgentArrays, type Sample } from './sample.ts';
import { within } from './within.ts';

/**
 * The base class, named as in XuanCe. By itself it is for teams with different algorithms: `agent` maps the teams to them.
 */
export class LearnerMAS {
  /** The config with all defaults. */
  readonly args: Config;
  readonly policy: Policy;
  /** Of actors and critics: with several parameter groups, by group. The constructor takes them back. */
  readonly optimizer: PerNetwork<Adam>;
  readonly scheduler: PerNetwork<Scheduler>;
  /** Folder of saveModel() and loadModel(). */
  readonly modelDir: string;
  readonly #learner: Learner;
  /** Draws the noise of an update that nobody hands in. */
  readonly #stream: FastStream;
  readonly #envId: string | undefined;

  /** Throws UserError where an argument is wrong or contradicts the config. */
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
  }

  get device(): 'cpu' | 'gpu' {
    return this.policy.engine.device;
  }

  /** Discount of future rewards. */
  get gamma(): number {
    return this.args.gamma;
  }

  /** Share of the online networks that the targets take over in an update. */
  get tau(): number {
    return this.args.tau;
  }

  get syncFrequency(): number {
    return this.args.sync_frequency;
  }

  get nAgents(): number {
    return this.policy.spec.agents.length;
  }

  /** The documented name of nAgents. */
  get n_agents(): number {
    return this.nAgents;
  }

  /** Updates made so far. */
  get iterations(): number {
    return this.#learner.iterations;
  }

  /**
   * One update of all networks. Returns `learning_rate_actor` and `learning_rate_critic` (those of the next update),
   * `loss_actor`, `loss_critic`, `predictQ` and what the algorithm reports besides; with several parameter groups
   * `<group>/loss_actor` and so on.
   *
   * Noise, which soft, discrete and smoothed actors take, is drawn from the learner's seed; `noise` hands in arrays
   * [B][N][A_i] by name instead. A policy that normalises observations sees the sample's normalised.
   *
   * Throws UserError naming what is missing or of another size; then no update was made.
   */
  update(sample: Sample | Batch, noise: Readonly<Record<string, AgentArrays>> = {}): UpdateInfo {
    const { spec, observations } = this.policy;
    const batch = readSample(sample, spec, this.gamma, (size) => this.#learner.batch(size));
    for (const seen of [batch.obs, batch.obsNext]) observations?.apply(seen);
    return this.#learner.update(batch, this.#noise(batch.size, noise));
  }

  /** The noise of the next update, by name: what was handed in, and the rest drawn. */
  #noise(size: number, given: Readonly<Record<string, AgentArrays>>): Record<string, Float32Array> {
    const { agents, actTotal } = this.policy.spec;
    const inputs = this.#learner.noise(size);
    const unknown = Object.keys(given).find((name) => !inputs.some((input) => input.name === name));
    if (unknown !== undefined)
      throw new UserError(
        `update: noise: expected ${inputs.map(({ name }) => name).join(', ') || 'none'}, got ${unknown}`,
      );
    for (const { name, values } of inputs) {
      if (given[name] === undefined) continue;
      const width = values.length / size;
      const widths = width === actTotal ? agents.map(({ actWidth }) => actWidth) : [width];
      readArray(given[name], size, values, { name: `noise ${name}`, widths });
    }
    for (const { name, draw, values } of inputs)
      if (given[name] === undefined) drawNoise(draw, this.#stream, values);
    return Object.fromEntries(inputs.map(({ name, values }) => [name, values]));
  }

  /**
   * With `replay: prioritized`: how far the critics were off on each transition of the last update, [B] into `out`, as the
   * mean over agents of |error|.
   */
  readErrors(out: Float32Array): void {
    this.#learner.readErrors(out);
  }

  /** The gradients that the last update handed to Adam, by network, after clipping; none before the first one. */
  gradients(): Map<string, Float32Array> {
    return this.#learner.gradients();
  }

  /**
   * Saves networks, optimizers and counters in `dir`, replacing what was saved there before, and returns the folder of the
   * files. A crash leaves the old ones or the new ones. Throws UserError where `dir` is the run of a training.
   */
  saveModel(dir = this.modelDir): Promise<string> {
    // Not deferred: an update that follows at once must not get into the files.
    return new Promise((resolve) => {
      resolve(saveModel(dir, this.#model()));
    });
  }

  /**
   * Continues from what saveModel() saved in `dir`, or from the run of a training: further updates give the same bits.
   * Returns the folder of the files. Throws CheckpointError where there are none or they are damaged, and UserError where
   * they belong to other networks; nothing is changed then.
   */
  loadModel(dir = this.modelDir): Promise<string> {
    return new Promise((resolve) => {
      resolve(loadModel(dir, this.#model()));
    });
  }

  #model(): Model {
    return { config: this.args, envId: this.#envId, learner: this.#learner, stream: this.#stream };
  }

  /** Ends the threads of the policy's engine. Nothing that was built on that engine can be used afterwards. */
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

/** XuanCe's MATD3_Learner (Ackermann et al. 2019): the actors move every `actor_update_delay` updates. */
export class MATD3Learner extends LearnerMAS {
  constructor(...args: LearnerArguments) {
    super('MATD3', ...args);
  }
}

/** XuanCe's IDDPG_Learner: DDPG for every agent by itself. */
export class IDDPGLearner extends LearnerMAS {
  constructor(...args: LearnerArguments) {
    super('IDDPG', ...args);
  }
}

/** XuanCe's ISAC_Learner: soft actor-critic for every agent by itself. */
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
