/** evaluate(): returns of a trained policy and a uniform random baseline, as in `maddpg eval`. */
import { atStage } from '../envs/environment-factory.ts';
import { openEnvironments } from '../envs/open.ts';
import { randomActor } from '../evaluate/actors.ts';
import { EVALUATION } from '../evaluate/defaults.ts';
import { evaluateActor, type PlayOptions } from '../evaluate/evaluate.ts';
import type { ReturnSummary } from '../evaluate/returns.ts';
import { requireTrusted } from '../run/trust.ts';
import { loadPolicy, type LoadedPolicy, type LoadPolicyOptions } from '../run/load-policy.ts';
import { environmentSource, type EnvironmentSource } from './environment-source.ts';

/** Options of evaluate(). */
export interface EvaluateOptions extends Partial<PlayOptions>, LoadPolicyOptions {
  /** The environment, if the run was trained with one supplied by a program. */
  readonly environment?: EnvironmentSource;
  /** Run environments that lie inside the checkpoint's or run's own folder, which may be a stranger's. Default false. */
  readonly trust?: boolean;
}

/** Returns of the policy and of the random baseline. */
export interface EvaluationResult {
  /** Checkpoint folder. */
  readonly checkpoint: string;
  readonly step: number;
  readonly env_id: string;
  readonly episodes: number;
  readonly seed: number;
  readonly policy: ReturnSummary;
  readonly random: ReturnSummary;
}

/** Plays `episodes` (default 100) greedy episodes after reset(`seed`) (default 0). `what`: run, checkpoint or policy. */
export async function evaluate(
  what: string | LoadedPolicy,
  options: EvaluateOptions = {},
): Promise<EvaluationResult> {
  const { episodes = EVALUATION.episodes, seed = EVALUATION.seed, environment, trust = false } = options;
  const { signal, onEpisode } = options;
  const loaded = typeof what === 'string' ? await loadPolicy(what, options) : what;
  try {
    const { config, checkpoint, step } = loaded;
    if (!environment && !trust) requireTrusted(config, checkpoint);
    const opened = environment
      ? environmentSource(environment).open(config.env_options)
      : await openEnvironments(config);
    const environments = atStage(opened, loaded.curriculumStage);
    try {
      const env = environments.make(1);
      loaded.requireFit(env);
      const random = await evaluateActor(env, randomActor(env.spec, seed), { episodes, seed, signal });
      const policy = await evaluateActor(env, loaded.actor, { episodes, seed, signal, onEpisode });
      return { checkpoint, step, env_id: config.env_id, episodes, seed, policy, random };
    } finally {
      environments.close();
    }
  } finally {
    if (typeof what === 'string') loaded.dispose();
  }
}
