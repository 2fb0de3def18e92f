/** Actors for evaluation: greedy policy, uniform random, no-op. */
import { ActionBounds } from '../core/action-bounds.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { FastStream } from '../core/random.ts';
import { drawPlayers } from '../ensemble/ensemble.ts';
import type { Policy } from '../policy/policy.ts';

/** Writes the joint action [1, SA] for a joint observation [1, SO]. */
export interface Actor {
  (obs: Float32Array, actions: Float32Array): void;
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
  const act: Actor = (obs, actions) => {
    actions.set(policy.act(obs, actor, players));
    bounds.clip(actions);
  };
  const { ensemble } = policy;
  if (ensemble)
    act.beginEpisode = (stream) => {
      drawPlayers(ensemble, stream, 0, players);
    };
  return act;
}

/** Uniform over the action space: the evaluation baseline. */
export function randomActor(spec: JointSpec, seed: number): Actor {
  const bounds = new ActionBounds(spec);
  const stream = new FastStream(seed, 'random policy');
  return (_, actions) => {
    bounds.fillUniform(actions, stream);
  };
}

/** Zero actions, clipped to the bounds; for Discrete, action 0. */
export function noopActor(spec: JointSpec): Actor {
  const bounds = new ActionBounds(spec);
  return (_, actions) => {
    actions.fill(0);
    bounds.clip(actions);
  };
}
