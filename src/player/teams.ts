/** Teams from different policies: the first team of one, all others of another. */
import { teamsOf, type JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';
import type { Actor } from '../evaluate/actors.ts';
import type { Values } from './recorder.ts';

export interface Side {
  readonly actor: Actor;
  readonly values?: Values;
}

/** Both sides see everything; each acts for its own. Throws UserError if there is one team only. */
export function against(spec: JointSpec, first: Side, others: Side): Side {
  const teams = teamsOf(spec.agents);
  if (teams.length === 1)
    throw new UserError(`--against: expected an environment with several teams, got one: ${teams[0]!}`);
  const isFirst = spec.agents.map(({ team }) => team === teams[0]);
  const theirs = new Float32Array(spec.actTotal);
  const act: Actor = (obs, actions, mask) => {
    first.actor(obs, actions, mask);
    others.actor(obs, theirs, mask);
    spec.agents.forEach(({ actWidth }, i) => {
      const at = spec.actOffsets[i]!;
      if (!isFirst[i]) actions.set(theirs.subarray(at, at + actWidth), at);
    });
  };
  const actor = Object.assign(act, {
    beginEpisode: (stream: Parameters<NonNullable<Actor['beginEpisode']>>[0]) => {
      first.actor.beginEpisode?.(stream);
      others.actor.beginEpisode?.(stream);
    },
  });
  return {
    actor,
    values: (obs, actions) => {
      const own = first.values?.(obs, actions);
      const other = others.values?.(obs, actions);
      return isFirst.map((mine, i) => (mine ? own : other)?.[i] ?? null);
    },
  };
}
