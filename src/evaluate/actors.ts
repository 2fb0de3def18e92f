/** Actors for evaluation: greedy policy, uniform random, no-op. */
import { ActionBounds, perColumn } from '../core/action-bounds.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { FastStream } from '../core/random.ts';
import { drawPlayers } from '../ensemble/ensemble.ts';
import type { Policy } from '../policy/policy.ts';

/** Writes the joint action [1, SA] for a joint observation [1, SO]; `mask` [1, SA] if there are action masks. */
export interface Actor {
  (obs: Float32Array, actions: Float32Array, mask?: Readonly<Uint8Array>): void;
  /** Called at the start of each episode, for actors that draw something per episode; one stream per evaluation. */
  beginEpisode?: (stream: FastStream) => void;
}

/**
 * The policy without noise, clipped to the action space. With an ensemble, each group's sub-policy is drawn per episode
 * into `players` [1, G].
 */
export function greedyActor(
  policy: Policy,
  actor: 'online' | 'target' = 'online',
  players: Uint8Array = new Uint8Array(policy.groups.length),
): Actor {
  const bounds = new ActionBounds(policy.spec);
  const act: Actor = (obs, actions, mask) => {
    actions.set(policy.act(obs, actor, players, mask));
    bounds.clip(actions);
  };
  const { ensemble } = policy;
  if (ensemble)
    act.beginEpisode = (stream) => {
      drawPlayers(ensemble, stream, 0, players);
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

/** Each team played by an actor of its own: `actors` by team. All of them see the whole observation. */
export function teamActor(spec: JointSpec, actors: Readonly<Record<string, Actor>>): Actor {
  const missing = spec.agents.find(({ team }) => !Object.hasOwn(actors, team));
  if (missing) throw new Error(`teamActor: expected an actor for team ${missing.team}, got none`);
  const players = [...new Set(Object.values(actors))].map((actor) => ({
    actor,
    joint: new Float32Array(spec.actTotal),
    agents: spec.agents.flatMap(({ team }, i) => (actors[team] === actor ? [i] : [])),
  }));
  const act: Actor = (obs, actions, mask) => {
    for (const { actor, joint, agents } of players) {
      actor(obs, joint, mask);
      for (const i of agents) {
        const at = spec.actOffsets[i]!;
        actions.set(joint.subarray(at, at + spec.agents[i]!.actWidth), at);
      }
    }
  };
  act.beginEpisode = (stream) => {
    for (const { actor } of players) actor.beginEpisode?.(stream);
  };
  return act;
}
