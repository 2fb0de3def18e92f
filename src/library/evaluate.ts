/** evaluate(): returns of a trained policy beside those of a uniform random one, as `maddpg eval` prints them. */
import { openEnvironments } from '../envs/open.ts';
import { randomActor } from '../evaluate/actors.ts';
import { evaluateActor, type PlayOptions } from '../evaluate/evaluate.ts';
import type { ReturnSummary } from '../evaluate/returns.ts';
import { loadPolicy, type LoadedPolicy, type LoadPolicyOptions } from '../run/load-policy.ts';
import { environmentSource, type EnvironmentSource } from './environment-source.ts';

export interface EvaluateOptions extends Partial<PlayOptions>, LoadPolicyOptions {
  /** The environment, where the run was trained with one that a program brought along. */
  readonly environment?: EnvironmentSource;
}

export interface EvaluationResult {
  /** The checkpoint folder. */
  readonly checkpoint: string;
  readonly step: number;
  readonly env_id: string;
  readonly episodes: number;
  readonly seed: number;
  readonly policy: ReturnSummary;
  readonly random: ReturnSummary;
}

/** Plays `episodes` (100) greedy episodes after reset(`seed`) (0). `what`: a run, a checkpoint or a loaded policy. */
export async function evaluate(
  what: string | LoadedPolicy,
  options: EvaluateOptions = {},
): Promise<EvaluationResult> {
  const { episodes = 100, seed = 0, signal, onEpisode, environment } = options;
  const loaded = typeof what === 'string' ? await loadPolicy(what, options) : what;
  const { config, checkpoint, step } = loaded;
  const environments = environment
    ? environmentSource(environment).open(config.env_options)
    : await openEnvironments(config);
  try {
    const env = environments.make(1);
    const random = await evaluateActor(env, randomActor(env.spec, seed), { episodes, seed, signal });
    const policy = await evaluateActor(env, loaded.actor, { episodes, seed, signal, onEpisode });
    return { checkpoint, step, env_id: config.env_id, episodes, seed, policy, random };
  } finally {
    environments.close();
    if (typeof what === 'string') loaded.dispose();
  }
}
