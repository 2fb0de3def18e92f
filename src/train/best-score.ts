/**
 * BestScore: what the best evaluation of a run is the best by. Without best_team, the mean return over all agents. With it,
 * the return of its side: against the frozen opponents of the pool, or without any against the team it trains with.
 */
import type { Config } from '../config/keys.ts';
import { didYouMean } from '../core/nearest.ts';
import { UserError } from '../core/user-error.ts';
import { sidesOf, type Side } from '../envs/sides.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import { greedyActor } from '../evaluate/actors.ts';
import { playGames, type Player } from '../evaluate/games.ts';
import { meanOf, meanOver } from '../evaluate/returns.ts';
import type { Policy } from '../policy/policy.ts';
import type { TrainerState } from './run-store.ts';
import type { RunEnvironments } from './environments.ts';

/** A frozen opponent. Its name is unique in the pool: metrics have it. */
export interface Opponent extends Player {
  /** Where it comes from, if it was trained. */
  readonly trained?: {
    readonly checkpoint: string;
    readonly step: number;
    /** SHA-256 of its weights. */
    readonly weights: string | null;
  };
}

/** What best goes by, for messages; undefined for the mean over all agents. */
export function bestBy({
  best_team,
  opponents,
}: Pick<Config, 'best_team' | 'opponents'>): string | undefined {
  if (best_team === null) return undefined;
  return `${best_team} against ${opponents.length === 0 ? 'those it trains with' : opponents.join(', ')}`;
}

/** The side of best_team; undefined without. Throws UserError if the environment has no such side. */
export function bestSide({ best_team }: Pick<Config, 'best_team'>, env: VectorEnv): Side | undefined {
  if (best_team === null) return undefined;
  const sides = sidesOf(env);
  if (sides.length === 1)
    throw new UserError(
      `best_team: expected null (in ${env.name} all agents are on one side), got ${best_team}; leave it and opponents out`,
    );
  const side = sides.find(({ name, teams }) => name === best_team || teams.includes(best_team));
  if (side) return side;
  const teams = sides.flatMap((one) => one.teams);
  throw new UserError(
    `best_team: expected a team of ${env.name} (${teams.join(', ')}), got ${best_team}; ` +
      (didYouMean(best_team, teams) || 'choose one of them'),
  );
}

/** Hashes of the opponents' weights by name, as state.json has them; undefined without opponents. */
export function hashesOf(opponents: readonly Opponent[]): TrainerState['opponents'] {
  if (opponents.length === 0) return undefined;
  return Object.fromEntries(opponents.map(({ name, trained }) => [name, trained?.weights ?? null]));
}

/** The score of an evaluation, and its metrics. */
export interface Score {
  readonly value: number;
  readonly metrics: Readonly<Record<string, number>>;
}

export class BestScore {
  readonly #config: Config;
  readonly #side: Side | undefined;
  readonly #sides: readonly Side[];
  readonly #opponents: readonly Opponent[];
  /** One environment per opponent; only one where they share it. */
  readonly #env: VectorEnv | undefined;
  readonly #self: Player;

  constructor(config: Config, policy: Policy, { factory, evaluation, opponents = [] }: RunEnvironments) {
    this.#config = config;
    this.#sides = sidesOf(evaluation);
    this.#side = bestSide(config, evaluation);
    this.#opponents = this.#side ? opponents : [];
    if (this.#opponents.length > 0)
      this.#env = factory.shared ? evaluation : factory.make(this.#opponents.length);
    this.#self = {
      name: 'trained',
      actor: (rows) => greedyActor(policy, config.eval_policy, new Uint8Array(rows * policy.groups.length)),
    };
  }

  /** Hashes of the opponents' weights by name; undefined without opponents. */
  get hashes(): TrainerState['opponents'] {
    return hashesOf(this.#opponents);
  }

  setCurriculumStage(stage: number): void {
    this.#env?.setCurriculumStage?.(stage);
  }

  /**
   * The score of an evaluation with these returns, [episodes][N]. Plays the pool, and asks after every step whether to go
   * on; undefined if not.
   */
  async of(
    returns: readonly (readonly number[])[],
    goOn: () => Promise<boolean>,
  ): Promise<Score | undefined> {
    if (this.#opponents.length === 0) {
      const { agents } = this.#side ?? { agents: returns[0]!.map((_, i) => i) };
      return { value: meanOf(returns.map((episode) => meanOver(agents, episode))), metrics: {} };
    }
    const means: number[] = [];
    // All at once, or one after the other in an environment that they share.
    const atOnce = this.#env!.count;
    for (let first = 0; first < this.#opponents.length; first += atOnce) {
      const played = await this.#play(this.#opponents.slice(first, first + atOnce), goOn);
      if (!played) return undefined;
      means.push(...played);
    }
    const value = meanOf(means);
    const against = this.#opponents.map(({ name }, k): [string, number] => [
      `test/return_against/${name}`,
      means[k]!,
    ]);
    return { value, metrics: { ...Object.fromEntries(against), 'test/pool_return': value } };
  }

  /** Mean returns against some opponents; undefined if told to stop. */
  async #play(opponents: readonly Opponent[], goOn: () => Promise<boolean>): Promise<number[] | undefined> {
    const { test_episode, test_seed } = this.#config;
    const games = opponents.map((opponent) =>
      this.#sides.map(({ name }) => (name === this.#side!.name ? this.#self : opponent)),
    );
    const scores = opponents.map((): number[] => []);
    for (const ended of playGames(this.#env!, this.#sides, games, test_seed)) {
      for (const { game, returns } of ended)
        if (scores[game]!.length < test_episode) scores[game]!.push(meanOver(this.#side!.agents, returns));
      if (scores.every(({ length }) => length === test_episode)) break;
      if (!(await goOn())) return undefined;
    }
    return scores.map(meanOf);
  }
}
