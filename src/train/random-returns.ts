/** What a uniform random policy returns in the environment of a run, to judge its returns by. */
import type { Config } from '../config/keys.ts';
import type { EnvironmentFactory } from '../envs/environment-factory.ts';
import { randomActor } from '../evaluate/actors.ts';
import { EVALUATION } from '../evaluate/defaults.ts';
import { episodeReturns } from '../evaluate/play.ts';
import { summarize, type ReturnSummary } from '../evaluate/returns.ts';

/**
 * Plays an environment of its own: the run is as without it. undefined for environments of the user, which are only run to
 * train and evaluate, and with a curriculum, whose stage changes the task.
 */
export function randomReturns(
  { env_name, env_options }: Config,
  factory: EnvironmentFactory,
): ReturnSummary | undefined {
  if (env_name !== 'mpe' || env_options['curriculum'] === true) return undefined;
  const env = factory.make(1);
  const { episodes, seed } = EVALUATION;
  return summarize(env.spec, episodeReturns(env, randomActor(env.spec, seed), episodes, seed));
}
