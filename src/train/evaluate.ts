/**
 * Evaluation: episodes of one environment with fixed seeds, and what their returns say. Episode k of a seed
 * is the k-th episode of an environment reset with that seed (its generator goes on), so anyone can repeat it.
 */
import { drawPlayers } from '../core/ensemble.ts';
import { FastStream } from '../core/random.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { Policy } from '../policy/policy.ts';
import { Exploration } from '../rollout/noise.ts';

/** Mean and population standard deviation over episodes. */
export interface Spread {
  readonly mean: number;
  readonly std: number;
}

/** Returns of a set of episodes. `mean` is over agents and episodes, `std` over the episodes' agent means. */
export interface ReturnSummary extends Spread {
  readonly episodes: number;
  /** Normal 95 % interval of the mean; null for a single episode, which has none. */
  readonly ci95: readonly [number, number] | null;
  readonly per_agent: Readonly<Record<string, Spread>>;
  /** Mean over the agents of a team. */
  readonly per_team: Readonly<Record<string, Spread>>;
}

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

/**
 * Plays one episode after the other from reset(seed) and yields each one's returns, [N]. `env` has count 1. What an actor
 * draws for an episode comes from a stream of the same seed.
 */
export function* playEpisodes(env: VectorEnv, actor: Actor, seed: number): Generator<number[], never> {
  const agents = env.spec.agents.length;
  const actions = new Float32Array(env.spec.actTotal);
  let running = new Array<number>(agents).fill(0);
  const stream = new FastStream(seed, 'sub-policies');
  env.reset([seed]);
  actor.beginEpisode?.(stream);
  for (;;) {
    actor(env.obs, actions);
    env.step(actions);
    for (let i = 0; i < agents; i++) running[i]! += env.rewards[i]!;
    if (env.ended[0] === 0) continue;
    yield running;
    actor.beginEpisode?.(stream);
    running = new Array<number>(agents).fill(0);
  }
}

/** Returns of the first `episodes` episodes after reset(seed), [episodes][N]. `env` has count 1. */
export function episodeReturns(env: VectorEnv, actor: Actor, episodes: number, seed: number): number[][] {
  const played = playEpisodes(env, actor, seed);
  return Array.from({ length: episodes }, () => played.next().value);
}

/** What a set of returns [episodes][N] says. */
export function summarize(spec: JointSpec, returns: readonly (readonly number[])[]): ReturnSummary {
  const all = spec.agents.map((_, i) => i);
  const overall = spreadOf(returns, all);
  const half = (1.96 * overall.std) / Math.sqrt(returns.length - 1);
  const teams = [...new Set(spec.agents.map(({ team }) => team))];
  const members = (team: string): number[] => all.filter((i) => spec.agents[i]!.team === team);
  return {
    ...overall,
    episodes: returns.length,
    ci95: returns.length > 1 ? [overall.mean - half, overall.mean + half] : null,
    per_agent: Object.fromEntries(all.map((i) => [spec.agents[i]!.name, spreadOf(returns, [i])])),
    per_team: Object.fromEntries(teams.map((team) => [team, spreadOf(returns, members(team))])),
  };
}

/** Spread over episodes of the mean over some agents. */
function spreadOf(returns: readonly (readonly number[])[], agents: readonly number[]): Spread {
  const scores = returns.map((episode) => meanOf(agents.map((i) => episode[i]!)));
  const mean = meanOf(scores);
  return { mean, std: Math.sqrt(meanOf(scores.map((score) => (score - mean) ** 2))) };
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}
