/**
 * Cross-play: every player holds every side against every player, itself included. All games play the same seed, so that
 * episode k begins alike in all of them (common random numbers).
 */
import { nextTurn } from '../core/next-turn.ts';
import { UserError } from '../core/user-error.ts';
import type { EnvironmentFactory } from '../envs/environment-factory.ts';
import { sidesOf, type Side } from '../envs/sides.ts';
import { playGames, type Game, type Player } from './games.ts';
import { intervalOf, meanOf, meanOver, spreadOfNumbers, type Spread } from './returns.ts';

/** A player, and what it comes from: players of one run are not opponents of each other in means. */
export interface Contestant extends Player {
  /** Default: the player itself. */
  readonly run?: string | undefined;
}

export interface CrossOptions {
  readonly episodes: number;
  readonly seed: number;
  /** On abort, the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of episodes played so far and in all. */
  readonly onProgress?: ((played: number, total: number) => void) | undefined;
}

type Interval = readonly [number, number] | null;

/** Returns of a side (mean over its agents) over the episodes against one opponent. */
export interface AgainstOne extends Spread {
  readonly opponent: string;
  readonly ci95: Interval;
}

/** How a player does on one side. */
export interface Standing {
  readonly player: string;
  /** Over all opponents from other runs; null without one. */
  readonly overall: {
    readonly opponents: number;
    readonly mean: number;
    /** Of the mean against these opponents: by Student's t over the episodes, each averaged over opponents. */
    readonly ci95: Interval;
    /** Of the mean against opponents like these: by Student's t over the opponents' means. */
    readonly ci95_opponents: Interval;
  } | null;
  /** The opponent from another run against which its mean is least. */
  readonly worst: { readonly opponent: string; readonly mean: number } | null;
  /** In the order of the players, itself included. */
  readonly against: readonly AgainstOne[];
}

export interface CrossSide {
  readonly side: string;
  readonly teams: readonly string[];
  readonly standings: readonly Standing[];
}

/** Games that are played at once. Results do not depend on it. */
const AT_ONCE = 256;

/** Plays all games. Throws UserError if the environment has one side only. */
export async function crossPlay(
  factory: EnvironmentFactory,
  players: readonly Contestant[],
  options: CrossOptions,
): Promise<CrossSide[]> {
  const sides = requireSides(factory);
  const games = gamesOf(sides, players);
  const played = await scoresOf(factory, sides, [...games.values()], options);
  const scores = new Map([...games.keys()].map((key, k) => [key, played[k]!]));
  const against = (s: number, own: number, other: number): number[] =>
    scores.get(keyOf(sides, s, own, other))![s]!;
  return sides.map(({ name, teams }, s) => ({
    side: name,
    teams,
    standings: players.map((player, own) =>
      standingOf(
        player,
        players,
        players.map((_, other) => against(s, own, other)),
      ),
    ),
  }));
}

/** The sides of an environment. Throws UserError if there is one only. */
function requireSides(factory: EnvironmentFactory): Side[] {
  const env = factory.make(1);
  const sides = sidesOf(env);
  if (sides.length > 1) return sides;
  throw new UserError(
    `--cross: expected an environment with opponents, got ${env.name}, whose agents are all on one side; ` +
      'evaluate its runs with --checkpoint',
  );
}

/** Which players hold the sides where `own` holds side s, and `other` the others. */
function keyOf(sides: readonly Side[], s: number, own: number, other: number): string {
  return sides.map((_, k) => (k === s ? own : other)).join();
}

/** All games by key; between two sides, one game serves both. */
function gamesOf(sides: readonly Side[], players: readonly Player[]): Map<string, Game> {
  const games = new Map<string, Game>();
  sides.forEach((_, s) => {
    players.forEach((own, i) => {
      players.forEach((other, j) => {
        games.set(
          keyOf(sides, s, i, j),
          sides.map((_, k) => (k === s ? own : other)),
        );
      });
    });
  });
  return games;
}

/** Mean returns of the sides' agents, [games][S][episodes]. */
async function scoresOf(
  factory: EnvironmentFactory,
  sides: readonly Side[],
  games: readonly Game[],
  { episodes, seed, signal, onProgress }: CrossOptions,
): Promise<number[][][]> {
  const atOnce = factory.shared ? 1 : Math.min(games.length, AT_ONCE);
  const env = factory.make(atOnce);
  const scores = games.map(() => sides.map((): number[] => []));
  let finished = 0;
  for (let first = 0; first < games.length; first += atOnce) {
    const last = Math.min(first + atOnce, games.length);
    // The last round is filled up with games that do not count.
    const round = Array.from({ length: atOnce }, (_, e) => games[first + e] ?? games[first]!);
    let open = last - first;
    for (const ended of playGames(env, sides, round, seed)) {
      for (const { game, returns } of ended) {
        const own = scores[first + game];
        if (!own || own[0]!.length === episodes) continue;
        own.forEach((side, s) => side.push(meanOver(sides[s]!.agents, returns)));
        finished += 1;
        if (own[0]!.length === episodes) open -= 1;
      }
      if (open === 0) break;
      if (ended.length === 0) continue;
      onProgress?.(finished, games.length * episodes);
      await nextTurn();
      signal?.throwIfAborted();
    }
  }
  return scores;
}

/** `scores`: by opponent and episode, in the order of the players. */
function standingOf(
  player: Contestant,
  players: readonly Contestant[],
  scores: readonly number[][],
): Standing {
  const against = players.map(({ name }, k) => {
    const spread = spreadOfNumbers(scores[k]!);
    return { opponent: name, ...spread, ci95: intervalOf(spread, scores[k]!.length) };
  });
  const runOf = ({ name, run }: Contestant): string => run ?? name;
  const others = players.flatMap((other, k) => (runOf(other) === runOf(player) ? [] : [k]));
  if (others.length === 0) return { player: player.name, overall: null, worst: null, against };
  const byEpisode = spreadOfNumbers(
    scores[0]!.map((_, episode) => meanOf(others.map((k) => scores[k]![episode]!))),
  );
  const byOpponent = spreadOfNumbers(others.map((k) => against[k]!.mean));
  const { opponent, mean } = others
    .map((k) => against[k]!)
    .reduce((worst, next) => (next.mean < worst.mean ? next : worst));
  return {
    player: player.name,
    overall: {
      opponents: others.length,
      mean: byEpisode.mean,
      ci95: intervalOf(byEpisode, scores[0]!.length),
      ci95_opponents: intervalOf(byOpponent, others.length),
    },
    worst: { opponent, mean },
    against,
  };
}
