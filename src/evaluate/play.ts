/**
 * Evaluation: who acts, and the episodes of one environment with fixed seeds. Episode k of a seed is the k-th episode of
 * an environment reset with that seed (its generator goes on), so anyone can repeat it. What returns say: returns.ts.
 */
import { drawPlayers } from '../ensemble/ensemble.ts';
import { FastStream } from '../core/random.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { Policy } from '../policy/policy.ts';
import { Exploration } from '../rollout/noise.ts';

/** Writes the joint action [1, SA] for a joint observation [1, SO]. */
export interface Actor {
  (obs: Float32Array, actions: Float32Array): void;
  /** Called when an episode begins, where the actor draws something for it; the stream is that of the whole evaluation. */
  beginEpisode?: (stream: FastStream) => void;
}

/**
 * A policy without noise, clipped to the action space. An ensemble draws for every episode which sub-policy of each
 * group plays, into `players` [1, G].
 */
export function greedyActor(
  policy: Policy,
  actor: 'online' | 'target' = 'online',
  players: Uint8Array = new Uint8Array(policy.groups.length),
): Actor {
  const exploration = new Exploration(policy.spec, new FastStream(0, 'unused'));
  const act: Actor = (obs, actions) => {
    actions.set(policy.act(obs, actor, players));
    exploration.clip(actions);
  };
  const { ensemble } = policy;
  if (ensemble)
    act.beginEpisode = (stream) => {
      drawPlayers(ensemble, stream, 0, players);
    };
  return act;
}

/** Uniform over the action space: the floor that a policy is compared with. */
export function randomActor(spec: JointSpec, seed: number): Actor {
  const exploration = new Exploration(spec, new FastStream(seed, 'random policy'));
  return (_, actions) => {
    exploration.fillUniform(actions);
  };
}

/** Does nothing: the zero action, where the bounds allow it, or the first choice. */
export function noopActor(spec: JointSpec): Actor {
  const exploration = new Exploration(spec, new FastStream(0, 'unused'));
  return (_, actions) => {
    actions.fill(0);
    exploration.clip(actions);
  };
}

/** Steps after which an episode that goes on is taken to have no end: some end by nothing that a greedy policy does. */
const ENDLESS = 100_000;

/**
 * Plays one episode after the other from reset(seed) and yields after every step: an episode's returns, [N], where it was
 * the last one of an episode. `env` has count 1. What an actor draws for an episode comes from a stream of the same seed.
 * Throws UserError where an episode does not end.
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
    actor(env.obs, actions);
    env.step(actions);
    for (let i = 0; i < agents; i++) running[i]! += env.rewards[i]!;
    steps += 1;
    if (env.ended[0] === 0) {
      if (steps === ENDLESS)
        throw new UserError(
          `${env.name}: expected an episode of an evaluation to end within ${ENDLESS} steps, got one that goes on; ` +
            'give the environment a time limit',
        );
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
