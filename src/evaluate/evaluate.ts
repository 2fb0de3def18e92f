/** Plays an actor for a number of episodes and summarises the returns, letting signals and timers in meanwhile. */
import { nextTurn } from '../core/next-turn.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { Actor } from './actors.ts';
import { playEpisodes } from './play.ts';
import { summarize, type ReturnSummary } from './returns.ts';

export interface PlayOptions {
  readonly episodes: number;
  /** Seed of the environment; episode k is always the same. */
  readonly seed: number;
  /** Aborting it rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every episode with its index and each agent's return. */
  readonly onEpisode?: ((episode: number, returns: Readonly<Record<string, number>>) => void) | undefined;
}

/** Steps between two turns of the event loop. */
const STEPS = 1000;

/** Returns of an actor in `env`, which has count 1. */
export async function evaluateActor(
  env: VectorEnv,
  actor: Actor,
  { episodes, seed, signal, onEpisode }: PlayOptions,
): Promise<ReturnSummary> {
  const played = playEpisodes(env, actor, seed);
  const returns: number[][] = [];
  for (let step = 1; returns.length < episodes; step++) {
    const ended = played.next().value;
    if (ended) {
      returns.push(ended);
      onEpisode?.(
        returns.length - 1,
        Object.fromEntries(env.spec.agents.map(({ name }, i) => [name, ended[i]!])),
      );
    }
    if (step % STEPS !== 0) continue;
    await nextTurn();
    signal?.throwIfAborted();
  }
  return summarize(env.spec, returns);
}
