/**
 * Rollout: lets the policy act in E environments with exploration noise and hands every transition on to the
 * replay buffer, rewards scaled where that is asked for. It decides nothing about learning; the training session calls it once a vector step.
 */
import { FastStream } from '../core/random.ts';
import { decodeSections, encodeSections } from '../core/sections.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { ActingNoise } from '../policy/actor-head.ts';
import type { Policy } from '../policy/policy.ts';
import type { ReplayBuffer } from '../replay/replay-buffer.ts';
import { Casting } from '../ensemble/casting.ts';
import { EpisodeStats, type EpisodeListener } from './episode-stats.ts';
import { Exploration, noiseScale, type NoiseSchedule } from './noise.ts';
import { OrnsteinUhlenbeck } from './ornstein-uhlenbeck.ts';
import { RewardScaling, type RewardOptions } from './reward-scaling.ts';

export interface RolloutOptions {
  readonly noise: NoiseSchedule;
  /** Noise that follows an Ornstein-Uhlenbeck process with this theta; left out, it is Gaussian. */
  readonly noiseTheta?: number | undefined;
  /** Probability of an agent's action being uniform. Default 0. */
  readonly epsilonUniform?: number;
  /** Steps at the start whose actions are uniform. */
  readonly uniformSteps: number;
  /** What critics are shown of the rewards; left out, all of them as they are. */
  readonly rewards?: RewardOptions | undefined;
  readonly seed: number;
  /** Called at the end of every episode. */
  readonly onEpisode?: EpisodeListener | undefined;
}

/** Steps environments with the exploring policy and stores transitions. */
export class Rollout {
  readonly env: VectorEnv;
  readonly stats: EpisodeStats;
  readonly #policy: Policy;
  readonly #replay: ReplayBuffer;
  readonly #options: RolloutOptions;
  readonly #stream: FastStream;
  readonly #exploration: Exploration;
  readonly #process: OrnsteinUhlenbeck | undefined;
  readonly #rewards: RewardScaling | undefined;
  readonly #casting: Casting | undefined;
  /** What was acted on, [E, SO]. */
  readonly #obs: Float32Array;
  /** What was done, [E, SA]. */
  readonly #actions: Float32Array;
  /** What the actors drew from where they sample, [E, SA]. */
  readonly #draws: Float32Array;
  /** Which kind of number it is in every column, [SA]. */
  readonly #drawnFrom: readonly ActingNoise[];

  constructor(env: VectorEnv, policy: Policy, replay: ReplayBuffer, options: RolloutOptions) {
    this.env = env;
    this.stats = new EpisodeStats(env.count, env.spec.agents.length, options.onEpisode);
    this.#policy = policy;
    this.#replay = replay;
    this.#options = options;
    this.#stream = new FastStream(options.seed, 'exploration');
    const { noiseTheta: theta, rewards } = options;
    if (theta !== undefined) this.#process = new OrnsteinUhlenbeck(env.count, env.spec.actTotal, theta);
    if (rewards) this.#rewards = new RewardScaling(env.spec, env.count, rewards);
    const { agents } = env.spec;
    const { actingNoise } = policy;
    this.#drawnFrom = agents.flatMap(({ actWidth }, i) =>
      new Array<ActingNoise>(actWidth).fill(actingNoise[i]),
    );
    this.#exploration = new Exploration(env.spec, this.#stream, {
      process: this.#process,
      stochastic: agents.filter((_, i) => actingNoise[i]).map(({ name }) => name),
    });
    const { ensemble } = policy;
    this.#casting = ensemble && new Casting(ensemble, env.count, options.seed);
    this.#obs = new Float32Array(env.obs.length);
    this.#actions = new Float32Array(env.count * env.spec.actTotal);
    this.#draws = new Float32Array(env.count * env.spec.actTotal);
  }

  /** Standard deviation of the noise at a step; 0 where all actors draw their actions themselves. */
  noiseScale(step: number): number {
    return this.#exploration.addsNoise ? noiseScale(this.#options.noise, step) : 0;
  }

  /** Who plays in each environment, [E, G], where each group has several sub-policies. */
  get players(): Readonly<Uint8Array> | undefined {
    return this.#casting?.players;
  }

  /** What the environments were last asked to do, whether or not they have done it, [E, SA]. */
  get actions(): Readonly<Float32Array> {
    return this.#actions;
  }

  /** One vector step that starts at `step` (counted in steps of single environments). */
  step(step: number): void {
    const { env } = this;
    this.#obs.set(env.obs);
    if (step < this.#options.uniformSteps) {
      this.#exploration.fillUniform(this.#actions);
    } else {
      this.#explore(step);
    }
    env.step(this.#actions);
    const rewards = this.#rewards?.apply(env.rewards, env.ended) ?? env.rewards;
    this.#replay.store(
      this.#obs,
      this.#actions,
      rewards,
      env.nextObs,
      env.terminals,
      env.agentMask,
      env.ended,
      this.#casting?.players,
    );
    this.stats.add(env.rewards, env.ended);
    this.#policy.observations?.takeIn(this.#obs, env.agentMask);
    this.#process?.restart(env.ended);
    this.#casting?.next(env.ended);
  }

  /** Fills #actions: deterministic actors act and noise is added, the others draw. */
  #explore(step: number): void {
    const players = this.#casting?.players;
    if (this.#drawnFrom.every((kind) => kind === undefined)) {
      this.#actions.set(this.#policy.act(this.#obs, 'online', players));
    } else {
      this.#draw();
      this.#actions.set(this.#policy.sample(this.#obs, this.#draws, players));
    }
    this.#exploration.addNoise(this.#actions, this.noiseScale(step));
    const { epsilonUniform = 0 } = this.#options;
    if (epsilonUniform > 0) this.#exploration.mixUniform(this.#actions, epsilonUniform);
  }

  #draw(): void {
    const columns = this.#drawnFrom.length;
    for (let k = 0; k < this.#draws.length; k++) {
      const kind = this.#drawnFrom[k % columns];
      if (kind) this.#draws[k] = this.#stream[kind]();
    }
  }

  /** Environments, noise, running returns and moments; restore() of it continues bit for bit. */
  snapshot(): Uint8Array {
    return encodeSections({
      environments: this.env.snapshot(),
      exploration: this.#stream.getState(),
      ...(this.#casting && { casting: this.#casting.getState(), players: this.#casting.players }),
      ...this.#arrays(),
    });
  }

  restore(bytes: Uint8Array, where: string): void {
    const sections = decodeSections(bytes, where);
    this.env.restore(sections.get('environments', Uint8Array));
    this.#stream.setState(sections.get('exploration', Uint32Array, FastStream.STATE_WORDS));
    for (const [name, array] of Object.entries(this.#arrays()))
      array.set(sections.get(name, Float64Array, array.length));
    this.#casting?.setState(sections.get('casting', Uint32Array, FastStream.STATE_WORDS));
    const players = this.#casting?.players;
    players?.set(sections.get('players', Uint8Array, players.length));
    this.#policy.observations?.restored();
    if (this.env.resumable !== false) return;
    // What was earned in episodes that are not gone on with is no return, and noise begins anew with an episode.
    this.stats.forgetRunning();
    this.#rewards?.forgetRunning();
    this.#process?.state.fill(0);
    this.#casting?.next(new Uint8Array(this.env.count).fill(1));
  }

  /** Everything in float64 that the future depends on, by name. */
  #arrays(): Record<string, Float64Array> {
    return {
      ...this.stats.arrays(),
      ...(this.#process && { 'noise process': this.#process.state }),
      ...this.#rewards?.arrays(),
      ...this.#policy.observations?.arrays(),
    };
  }
}
