/**
 * Evaluation episodes in one environment. Reproducible: the seed is set once and episodes run in order. returns.ts
 * summarises the returns.
 */
import { FastStream } from '../core/random.ts';
import { UserError } from '../core/user-error.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { Actor } from './actors.ts';

/** Step limit per episode: some never end under a greedy policy. */
export const ENDLESS = 100_000;

export function endless(name: string): UserError {
  return new UserError(
    `${name}: expected evaluation episodes of at most ${ENDLESS} steps, got a longer one; ` +
      'give the environment a time limit',
  );
}

/**
 * Plays consecutive episodes after reset(seed); `env` has count 1. Yields after every step: returns [N] at the end of an
 * episode, otherwise undefined. Per-episode draws of the actor use a stream of the same seed. Throws UserError if an
 * episode does not end.
 */
export function* playEpisodes(
  env: VectorEnv,
  actor: Actor,
  seed: number,
): Generator<number[] | undefined, never> {
  const agents = env.spec.agents.length;
  const actions = new Float32Array(env.spec.actTotal);
  let running = new Array<number>(agents).fill(0);
  let steps = 0;
  const stream = new FastStream(seed, 'sub-policies');
  env.reset([seed]);
  actor.beginEpisode?.(stream);
  for (;;) {
    actor(env.obs, actions, env.actionMask);
    env.step(actions);
    for (let i = 0; i < agents; i++) running[i]! += env.rewards[i]!;
    steps += 1;
    if (env.ended[0] === 0) {
      if (steps === ENDLESS) throw endless(env.name);
      yield undefined;
      continue;
    }
    yield running;
    actor.beginEpisode?.(stream);
    running = new Array<number>(agents).fill(0);
    steps = 0;
  }
}

/** Returns of the first `episodes` episodes after reset(seed), [episodes][N]. `env` has count 1. */
export function episodeReturns(env: VectorEnv, actor: Actor, episodes: number, seed: number): number[][] {
  const played = playEpisodes(env, actor, seed);
  const returns: number[][] = [];
  while (returns.length < episodes) {
    const ended = played.next().value;
    if (ended) returns.push(ended);
  }
  return returns;
}
