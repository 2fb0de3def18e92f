/**
 * Rollout: lets the policy act in E environments with exploration noise and hands every transition on to the
 * replay. It decides nothing about learning; the training session calls it once a vector step.
 */
import { FastStream } from '../core/random.ts';
import { below, decodeSections, encodeSections } from '../core/sections.ts';
import { within } from '../core/within.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { ActingNoise } from '../policy/actor-head.ts';
import type { RecurrentStates } from '../policy/recurrent-states.ts';
import type { Policy } from '../policy/policy.ts';
import type { EpisodeReplay } from '../replay/episode-replay.ts';
import type { ReplayBuffer } from '../replay/replay-buffer.ts';
import { Casting } from '../ensemble/casting.ts';
import { EpisodeStats, type EpisodeListener } from './episode-stats.ts';
import { Exploration, noiseScale, type NoiseSchedule } from './noise.ts';

export interface RolloutOptions {
  readonly noise: NoiseSchedule;
  /** Steps at the start whose actions are uniform. */
  readonly uniformSteps: number;
  readonly seed: number;
  /** Called at the end of every episode. */
  readonly onEpisode?: EpisodeListener | undefined;
}

/** Takes every step, and the states of recurrent actors in front of it. */
type Transitions = Pick<ReplayBuffer, 'store'> & Partial<Pick<EpisodeReplay, 'keepStates'>>;

/** Steps environments with the exploring policy and stores transitions. */
export class Rollout {
  readonly env: VectorEnv;
  readonly stats: EpisodeStats;
  readonly #policy: Policy;
  readonly #replay: Transitions;
  readonly #options: RolloutOptions;
  readonly #stream: FastStream;
  readonly #exploration: Exploration;
  readonly #casting: Casting | undefined;
  /** What recurrent actors know of the episodes under way. */
  readonly states: RecurrentStates;
  /** Observations of this step, [E, SO]. */
  readonly #obs: Float32Array;
  /** Action masks of this step, [E, SA], if the environments have them. */
  #mask: Uint8Array | undefined;
  /** Actions of this step, [E, SA]. */
  readonly #actions: Float32Array;
  /** What the actors draw from, [E, SA]; undefined where none of them samples. */
  readonly #draws: Float32Array | undefined;
  /** Distribution of #draws, by column, [SA]. */
  readonly #drawnFrom: readonly ActingNoise[];

  constructor(env: VectorEnv, policy: Policy, replay: Transitions, options: RolloutOptions) {
    this.env = env;
    this.stats = new EpisodeStats(env.count, env.spec.agents.length, options.onEpisode);
    this.#policy = policy;
    this.states = policy.states(env.count);
    this.#replay = replay;
    this.#options = options;
    this.#stream = new FastStream(options.seed, 'exploration');
    const { agents } = env.spec;
    const { actingNoise } = policy;
    this.#drawnFrom = agents.flatMap(({ actWidth }, i) =>
      new Array<ActingNoise>(actWidth).fill(actingNoise[i]),
    );
    this.#exploration = new Exploration(env.spec, this.#stream, {
      stochastic: agents.filter((_, i) => actingNoise[i]).map(({ name }) => name),
    });
    const { ensemble } = policy;
    this.#casting = ensemble && new Casting(ensemble, env.count, options.seed);
    this.#obs = new Float32Array(env.obs.length);
    this.#actions = new Float32Array(env.count * env.spec.actTotal);
    if (actingNoise.some((kind) => kind)) this.#draws = new Float32Array(env.count * env.spec.actTotal);
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
    const mask = this.#keepMask();
    this.#replay.keepStates?.(this.states.all);
    if (step < this.#options.uniformSteps) {
      // So that recurrent actors know the whole episode once they act.
      if (this.#policy.options.recurrent) this.#policy.act(this.#obs, 'online', undefined, mask, this.states);
      this.#exploration.fillUniform(this.#actions, mask);
    } else {
      this.#explore(step, mask);
    }
    env.step(this.#actions);
    this.#replay.store(
      this.#obs,
      this.#actions,
      env.rewards,
      env.nextObs,
      env.terminals,
      env.agentMask,
      env.ended,
      mask && { before: mask, after: env.nextActionMask! },
      this.#casting?.players,
    );
    this.stats.add(env.rewards, env.ended);
    this.#policy.observations?.takeIn(this.#obs, env.agentMask);
    this.#casting?.next(env.ended);
    for (let e = 0; e < env.count; e++) if (env.ended[e] === 1) this.states.reset(e);
  }

  /** A copy of the environments' action masks, in memory of this object. */
  #keepMask(): Uint8Array | undefined {
    const { actionMask } = this.env;
    if (!actionMask) return undefined;
    this.#mask ??= new Uint8Array(actionMask.length);
    this.#mask.set(actionMask);
    return this.#mask;
  }

  /** Fills #actions: deterministic actors act and noise is added, the others draw. */
  #explore(step: number, mask: Uint8Array | undefined): void {
    const players = this.#casting?.players;
    if (this.#draws) {
      this.#draw(this.#draws);
      this.#actions.set(this.#policy.sample(this.#obs, this.#draws, players, mask, this.states));
    } else {
      this.#actions.set(this.#policy.act(this.#obs, 'online', players, mask, this.states));
    }
    this.#exploration.addNoise(this.#actions, this.noiseScale(step));
  }

  #draw(draws: Float32Array): void {
    const columns = this.#drawnFrom.length;
    for (let k = 0; k < draws.length; k++) {
      const kind = this.#drawnFrom[k % columns];
      if (kind) draws[k] = this.#stream[kind]();
    }
  }

  /** Environments, random streams, actors' states, running returns and moments; restore() of it continues bit for bit. */
  snapshot(): Uint8Array {
    return encodeSections({
      environments: this.env.snapshot(),
      exploration: this.#stream.getState(),
      ...(this.#casting && { casting: this.#casting.getState(), players: this.#casting.players }),
      ...this.states.arrays(),
      ...this.stats.arrays(),
      ...this.#policy.observations?.arrays(),
    });
  }

  /** Takes over a snapshot. Throws UserError if it is damaged or of another run; `where` names it. */
  restore(bytes: Uint8Array, where: string): void {
    const sections = decodeSections(bytes, where);
    const environments = sections.get('environments', Uint8Array);
    within(where, () => {
      this.env.restore(environments);
    });
    this.#stream.setState(sections.streamState('exploration', FastStream.STATE_WORDS));
    this.#casting?.setState(sections.streamState('casting', FastStream.STATE_WORDS));
    this.states.restore(sections);
    this.stats.restore(sections);
    this.#policy.observations?.restore(sections);
    const { players } = this.#casting ?? {};
    players?.set(sections.get('players', Uint8Array, players.length, below(this.#policy.ensemble!.size)));
    if (this.env.resumable !== false) return;
    // The episodes under way are lost, and so are their returns.
    this.stats.forgetRunning();
    for (let e = 0; e < this.env.count; e++) this.states.reset(e);
    this.#casting?.next(new Uint8Array(this.env.count).fill(1));
  }
}
