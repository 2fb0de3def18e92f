/**
 * Baselines of the built-in environments: the random policy and the scripted controller as `maddpg eval --env` plays them.
 * Environments of the user are not run for a report.
 */
import type { JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';
import { EnvironmentError } from '../envs/errors.ts';
import { scriptedController } from '../envs/mpe/controllers/scripted.ts';
import { mpeEnvironments } from '../envs/mpe/open.ts';
import { randomActor, type Actor } from '../evaluate/actors.ts';
import { EVALUATION } from '../evaluate/defaults.ts';
import { evaluateActor } from '../evaluate/evaluate.ts';
import type { ReturnSummary } from '../evaluate/returns.ts';
import { environmentOf, textOf } from './groups.ts';
import type { Baseline, Run } from './run.ts';

/** Adds the baselines of environments that `known` lacks. */
export async function addBaselines(known: Map<string, Baseline | null>, runs: readonly Run[]): Promise<void> {
  for (const run of runs) {
    const environment = environmentOf(run);
    if (!known.has(environment)) known.set(environment, await baselineOf(run));
  }
}

/** null if the environment is not built in, or not in this version. */
async function baselineOf({ keys }: Run): Promise<Baseline | null> {
  if (keys['env_name'] !== 'mpe') return null;
  const [env_id, env_options] = [
    textOf(keys['env_id']),
    (keys['env_options'] ?? {}) as Record<string, unknown>,
  ];
  const environments = mpeEnvironments({
    env_id,
    env_options,
    continuous_action: keys['continuous_action'] !== false,
  });
  try {
    const env = environments.make(1);
    const played = async (actor: Actor): Promise<Baseline['random']> =>
      byWho(await evaluateActor(env, actor, EVALUATION));
    const controller = controllerOf(env_id, env.spec, env_options);
    return {
      random: await played(randomActor(env.spec, EVALUATION.seed)),
      scripted: controller ? await played(controller) : null,
    };
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

function controllerOf(
  id: string,
  spec: JointSpec,
  options: Readonly<Record<string, unknown>>,
): Actor | undefined {
  try {
    return scriptedController(id, spec, options);
  } catch (error) {
    if (error instanceof EnvironmentError) return undefined;
    throw error;
  }
}

function byWho({ mean, per_agent, per_team }: ReturnSummary): Baseline['random'] {
  return {
    '': mean,
    ...Object.fromEntries(Object.entries(per_team).map(([team, spread]) => [`team ${team}`, spread.mean])),
    ...Object.fromEntries(Object.entries(per_agent).map(([agent, spread]) => [agent, spread.mean])),
  };
}
