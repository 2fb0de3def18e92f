/** Two policies in one environment: the first side of one, all others of another. */
import { UserError } from '../core/user-error.ts';
import { sidesOf } from '../envs/sides.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import { sideActor, type Actor } from '../evaluate/actors.ts';
import type { Values } from './recorder.ts';

export interface Playing {
  readonly actor: Actor;
  readonly values?: Values;
}

/** Both see everything; each acts for its own. Throws UserError if there is one side only. */
export function against(
  env: Pick<VectorEnv, 'name' | 'spec' | 'sides'>,
  first: Playing,
  others: Playing,
): Playing {
  const sides = sidesOf(env);
  if (sides.length === 1)
    throw new UserError(
      `--against: expected an environment with opponents, got ${env.name}, whose agents are all on one side; leave it out`,
    );
  const actors = sides.map((_, s) => (s === 0 ? first.actor : others.actor));
  const isFirst = env.spec.agents.map((_, i) => sides[0]!.agents.includes(i));
  const values: Values = (obs, actions) => {
    const own = first.values?.(obs, actions);
    const other = others.values?.(obs, actions);
    return isFirst.map((mine, i) => (mine ? own : other)?.[i] ?? null);
  };
  values.beginEpisode = () => {
    first.values?.beginEpisode?.();
    others.values?.beginEpisode?.();
  };
  return { actor: sideActor(env.spec, sides, actors), values };
}
