/** Actors for evaluation: greedy policy, uniform random, no-op, and mixtures of them. */
import { ActionBounds, perColumn } from '../core/action-bounds.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { FastStream } from '../core/random.ts';
import type { Side } from '../envs/sides.ts';
import { drawPlayers } from '../ensemble/ensemble.ts';
import type { Policy } from '../policy/policy.ts';

/**
 * Writes joint actions [E, SA] for joint observations [E, SO]; `mask` [E, SA] if there are action masks. E is 1, unless
 * an actor was made for more.
 */
export interface Actor {
  (obs: Float32Array, actions: Float32Array, mask?: Readonly<Uint8Array>): void;
  /** Called where environment `row` (default 0) begins an episode, for actors that draw or remember something per episode. */
  beginEpisode?: (stream: FastStream, row?: number) => void;
}

/**
 * The policy without noise, clipped to the action space. With an ensemble, each group's sub-policy is drawn per episode
 * into `players` [E, G]. Recurrent actors remember the episode since beginEpisode().
 */
export function greedyActor(
  policy: Policy,
  actor: 'online' | 'target' = 'online',
  players: Uint8Array = new Uint8Array(policy.groups.length),
): Actor {
  const bounds = new ActionBounds(policy.spec);
  const states = policy.states(players.length / policy.groups.length);
  const act: Actor = (obs, actions, mask) => {
    actions.set(policy.act(obs, actor, players, mask, states));
    bounds.clip(actions);
  };
  const { ensemble } = policy;
  if (ensemble || policy.options.recurrent)
    act.beginEpisode = (stream, row = 0) => {
      states.reset(row);
      if (ensemble) drawPlayers(ensemble, stream, row, players);
    };
  return act;
}

/** Uniform over the allowed actions: the evaluation baseline. */
export function randomActor(spec: JointSpec, seed: number): Actor {
  const bounds = new ActionBounds(spec);
  const stream = new FastStream(seed, 'random policy');
  return (_, actions, mask) => {
    bounds.fillUniform(actions, stream, mask);
  };
}

/** Zero actions, clipped to the bounds; for Discrete, the first allowed action. */
export function noopActor(spec: JointSpec): Actor {
  const bounds = new ActionBounds(spec);
  const discrete = perColumn(spec.agents, ({ actionKind }) => actionKind === 'discrete');
  return (_, actions, mask) => {
    actions.fill(0);
    // The largest score is chosen, the first of equals.
    if (mask) for (let k = 0; k < actions.length; k++) if (discrete[k]) actions[k] = mask[k]!;
    bounds.clip(actions);
  };
}

/** For E environments, each with an actor of its own. */
export function actorPerRow(spec: JointSpec, actors: readonly Actor[]): Actor {
  const { obsTotal, actTotal } = spec;
  const act: Actor = (obs, actions, mask) => {
    actors.forEach((actor, e) => {
      const [from, to] = [e * actTotal, (e + 1) * actTotal];
      const seen = obs.subarray(e * obsTotal, (e + 1) * obsTotal);
      actor(seen, actions.subarray(from, to), mask?.subarray(from, to));
    });
  };
  act.beginEpisode = (stream, row = 0) => {
    actors[row]!.beginEpisode?.(stream);
  };
  return act;
}

/** Every side played by its actor, `actors` [S], in one environment. All of them see the whole observation. */
export function sideActor(spec: JointSpec, sides: readonly Side[], actors: readonly Actor[]): Actor {
  const casts = [...new Set(actors)].map((actor) => ({
    actor,
    joint: new Float32Array(spec.actTotal),
    agents: sides.flatMap(({ agents }, s) => (actors[s] === actor ? agents : [])),
  }));
  const act: Actor = (obs, actions, mask) => {
    for (const { actor, joint, agents } of casts) {
      actor(obs, joint, mask);
      for (const i of agents) copyAction(spec, i, joint, 0, actions, 0);
    }
  };
  act.beginEpisode = (stream) => {
    for (const { actor } of casts) actor.beginEpisode?.(stream);
  };
  return act;
}

/** Copies agent i's action from row `from` of joint actions to row `to` of others. */
export function copyAction(
  { agents, actOffsets, actTotal }: JointSpec,
  i: number,
  source: Float32Array,
  from: number,
  target: Float32Array,
  to: number,
): void {
  const at = actOffsets[i]!;
  for (let k = at; k < at + agents[i]!.actWidth; k++)
    target[to * actTotal + k] = source[from * actTotal + k]!;
}
