/** Plays episodes and summarises their returns, yielding to the event loop in between. */
import { nextTurn } from '../core/next-turn.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { Actor } from './actors.ts';
import { playEpisodes } from './play.ts';
import { summarize, type ReturnSummary } from './returns.ts';

export interface PlayOptions {
  readonly episodes: number;
  /** Environment seed; episode k of a seed is reproducible. */
  readonly seed: number;
  /** On abort, the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every episode with its index and return per agent. */
  readonly onEpisode?: ((episode: number, returns: Readonly<Record<string, number>>) => void) | undefined;
}

/** Steps between yields to the event loop. */
const STEPS = 1000;

/** Evaluates an actor in `env` (count 1). */
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
