/**
 * Stage: the world on show, with the policy that acts in it. It plays on the page, so that the world moves and can be
 * touched while a worker trains.
 */
import {
  buildPolicy,
  commonOptions,
  FastStream,
  greedyActor,
  mpeEnvironments,
  Recorder,
  recordingOf,
  ReferenceEngine,
  type Actor,
  type Config,
  type Entity,
  type Episode,
  type Policy,
  type Recording,
  type VectorEnv,
} from '../src/browser.ts';
import type { Weights } from './protocol.ts';

/** Time limits are the page's: the world waits while a hand is in it. */
const NO_LIMIT = 1e9;

/** Steps of an episode with a hand in it, at most: recordings are kept in memory. */
const LONGEST = 2000;

/** A direction, each component from -1 to 1. */
export interface Push {
  readonly x: number;
  readonly y: number;
}

export class Stage {
  readonly config: Config;
  readonly env: VectorEnv;
  /** Steps of an episode, as in training. */
  readonly length: number;
  readonly policy: Policy;
  readonly #actor: Actor;
  readonly #recorder: Recorder;
  readonly #actions: Float32Array;
  readonly #stream: FastStream;
  /** Sum of rewards by agent in the episode, [N]. */
  readonly returns: Float64Array;
  #steps = 0;
  /** The agent that a person steers, and where to. */
  steered: { readonly agent: number; push: Push } | null = null;
  /** Whether something is being dragged. */
  held = false;

  constructor(config: Config, seed: number) {
    this.config = config;
    const { env_options } = config;
    const { max_cycles } = env_options;
    this.length = typeof max_cycles === 'number' ? max_cycles : commonOptions.max_cycles.default;
    const endless = { ...config, env_options: { ...env_options, max_cycles: NO_LIMIT } };
    this.env = mpeEnvironments(endless).make(1);
    const { spec } = this.env;
    this.policy = buildPolicy(config, spec, new ReferenceEngine(config.arithmetic));
    const greedy = greedyActor(this.policy, config.eval_policy);
    this.#actor = Object.assign((...[obs, actions, mask]: Parameters<Actor>) => {
      greedy(obs, actions, mask);
      this.#steer(actions);
    }, greedy);
    this.#recorder = new Recorder(this.env, this.#actor, seed);
    this.#actions = new Float32Array(spec.actTotal);
    this.#stream = new FastStream(seed, 'sub-policies');
    this.returns = new Float64Array(spec.agents.length);
    this.begin(seed);
  }

  /** Replaces what the actors have learned. */
  learn(weights: Weights): void {
    const { observations, store } = this.policy;
    for (const name of store.networks.keys()) {
      const values = weights.get(name);
      if (values) store.write('parameters', name, values);
    }
    const [mean, std] = [weights.get('observation/mean'), weights.get('observation/std')];
    if (observations && mean && std) {
      const tensor = (data: Float32Array) => ({ shape: [data.length], data });
      observations.load(
        new Map([
          ['observation/mean', tensor(mean)],
          ['observation/std', tensor(std)],
        ]),
      );
    }
  }

  /** Starts an episode. */
  begin(seed: number): void {
    this.env.reset([seed]);
    this.#actor.beginEpisode?.(this.#stream);
    this.returns.fill(0);
    this.#steps = 0;
  }

  /** One step; false if the episode has ended, and the next step must begin one. */
  step(): boolean {
    if (this.over) return false;
    const { env } = this;
    this.#recorder.actor(env.obs, this.#actions, env.actionMask);
    env.step(this.#actions);
    env.rewards.forEach((reward, i) => (this.returns[i]! += reward));
    this.#steps += 1;
    return true;
  }

  get steps(): number {
    return this.#steps;
  }

  get over(): boolean {
    return this.env.ended[0] === 1 || this.#steps >= (this.touched ? LONGEST : this.length);
  }

  get touched(): boolean {
    return this.held || this.steered !== null;
  }

  /** The episode so far. */
  get episode(): Episode {
    // An episode that has ended by itself has been followed by the next one.
    return this.env.ended[0] === 1 ? this.#recorder.episodes.at(-1)! : this.#recorder.running!;
  }

  recording(policy: string): Recording {
    return recordingOf(this.env, policy, [this.episode]);
  }

  /** Joint actions of the last step, [SA]. */
  get actions(): Float32Array {
    return this.#actions;
  }

  /** Agents that can move, and so be steered. */
  canMove(agent: number): boolean {
    const { actWidth, actionKind } = this.env.spec.agents[agent]!;
    return actionKind === 'box' ? actWidth >= MOVES : actWidth % MOVES === 0;
  }

  /** The bodies, agents first. */
  get entities(): readonly Entity[] {
    return this.env.entities?.(0) ?? [];
  }

  /** A hand moves body k. */
  move(k: number, x: number, y: number): void {
    this.env.moveEntity?.(0, k, x, y);
    this.#recorder.retake();
  }

  /** Writes a person's push over what the policy wants: columns none, left, right, down, up. */
  #steer(actions: Float32Array): void {
    if (!this.steered) return;
    const { agent, push } = this.steered;
    const { actWidth, actionKind } = this.env.spec.agents[agent]!;
    const at = this.env.spec.actOffsets[agent]!;
    const moves = [0, Math.max(0, -push.x), Math.max(0, push.x), Math.max(0, -push.y), Math.max(0, push.y)];
    if (actionKind === 'box') actions.set(moves, at);
    else {
      // The policy keeps its message: choice = message * 5 + move.
      const own = actions.subarray(at, at + actWidth);
      const message = Math.floor(own.indexOf(Math.max(...own)) / MOVES);
      const most = Math.max(...moves);
      own.fill(0);
      own[message * MOVES + (most > 0 ? moves.indexOf(most) : 0)] = 1;
    }
  }
}

/** Columns of a move: none, left, right, down, up. */
const MOVES = 5;
