/**
 * Games: several environments played at once, each between players that hold its sides. A game's episodes depend on its
 * players and seed alone, not on the games beside it: they are those of playEpisodes() in an environment of its own.
 */
import { FastStream } from '../core/random.ts';
import type { Side } from '../envs/sides.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import { copyAction, type Actor } from './actors.ts';
import { ENDLESS, endless } from './play.ts';

/** Whoever can play any side. */
export interface Player {
  readonly name: string;
  /** Acts in `rows` environments at once, in each as if alone; what it draws at random follows from `seed`. */
  readonly actor: (rows: number, seed: number) => Actor;
}

/** Who plays each side, [S]. */
export type Game = readonly Player[];

/** A finished episode. */
export interface Ended {
  /** Index of the game. */
  readonly game: number;
  /** By agent, [N]. */
  readonly returns: readonly number[];
}

/** A player in all of its games. */
interface Cast {
  readonly actor: Actor;
  /** Its games, [R]. */
  readonly games: readonly number[];
  /** The agents it plays in each, [R]. */
  readonly agents: readonly (readonly number[])[];
  readonly obs: Float32Array; // [R, SO]
  readonly actions: Float32Array; // [R, SA]
  readonly mask: Uint8Array; // [R, SA]
}

/**
 * Plays game e in environment e, for ever, after resetting all with `seed`. Yields after every step the episodes that it
 * ended. Throws UserError if an episode does not end.
 */
export function* playGames(
  env: VectorEnv,
  sides: readonly Side[],
  games: readonly Game[],
  seed: number,
): Generator<Ended[], never> {
  const { spec, count } = env;
  const n = spec.agents.length;
  const casts = castsOf(env, sides, games, seed);
  const actions = new Float32Array(count * spec.actTotal);
  const running = games.map(() => new Array<number>(n).fill(0));
  const steps = new Uint32Array(count);
  const streams = games.map(() => new FastStream(seed, 'sub-policies'));
  const begin = (e: number): void => {
    running[e] = new Array<number>(n).fill(0);
    steps[e] = 0;
    for (const { actor, games: rows } of casts)
      if (rows.includes(e)) actor.beginEpisode?.(streams[e]!, rows.indexOf(e));
  };
  env.reset(games.map(() => seed));
  games.forEach((_, e) => {
    begin(e);
  });
  for (;;) {
    for (const cast of casts) act(env, cast, actions);
    env.step(actions);
    const ended: Ended[] = [];
    for (let e = 0; e < count; e++) {
      for (let i = 0; i < n; i++) running[e]![i]! += env.rewards[e * n + i]!;
      steps[e]! += 1;
      if (env.ended[e] === 1) {
        ended.push({ game: e, returns: running[e]! });
        begin(e);
      } else if (steps[e] === ENDLESS) throw endless(env.name);
    }
    yield ended;
  }
}

function castsOf(
  { spec, count }: VectorEnv,
  sides: readonly Side[],
  games: readonly Game[],
  seed: number,
): Cast[] {
  if (games.length !== count) throw new Error(`playGames: expected ${count} games, got ${games.length}`);
  const players = [...new Set(games.flat())];
  return players.map((player) => {
    const own = games.flatMap((game, e) => (game.includes(player) ? [e] : []));
    return {
      actor: player.actor(own.length, seed),
      games: own,
      agents: own.map((e) => sides.flatMap(({ agents }, s) => (games[e]![s] === player ? agents : []))),
      obs: new Float32Array(own.length * spec.obsTotal),
      actions: new Float32Array(own.length * spec.actTotal),
      mask: new Uint8Array(own.length * spec.actTotal),
    };
  });
}

function act({ spec, obs, actionMask }: VectorEnv, cast: Cast, actions: Float32Array): void {
  const { obsTotal, actTotal } = spec;
  cast.games.forEach((e, row) => {
    cast.obs.set(obs.subarray(e * obsTotal, (e + 1) * obsTotal), row * obsTotal);
    if (actionMask) cast.mask.set(actionMask.subarray(e * actTotal, (e + 1) * actTotal), row * actTotal);
  });
  cast.actor(cast.obs, cast.actions, actionMask && cast.mask);
  cast.games.forEach((e, row) => {
    for (const i of cast.agents[row]!) copyAction(spec, i, cast.actions, row, actions, e);
  });
}
