/** Baselines: what the random and the scripted policy return, as in reports. */
import {
  EVALUATION,
  evaluateActor,
  hasScript,
  mpeEnvironments,
  randomActor,
  scriptedController,
  type Actor,
  type Config,
  type ReturnSummary,
} from '../src/browser.ts';

export interface Baselines {
  readonly random: ReturnSummary;
  /** null without a controller. */
  readonly scripted: ReturnSummary | null;
}

export async function baselinesOf(config: Config): Promise<Baselines> {
  const env = mpeEnvironments(config).make(1);
  const { env_id, env_options } = config;
  const played = (actor: Actor): Promise<ReturnSummary> => evaluateActor(env, actor, EVALUATION);
  const random = await played(randomActor(env.spec, EVALUATION.seed));
  const scripted = hasScript(env_id, env_options)
    ? await played(scriptedController(env_id, env.spec, env_options))
    : null;
  return { random, scripted };
}
