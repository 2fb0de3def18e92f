/** Players that no training made, by name. */
import { hasScript, scriptedController } from '../envs/mpe/controllers/scripted.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import { actorPerRow, noopActor, randomActor, type Actor } from './actors.ts';
import type { Player } from './games.ts';

/** Policies that no training made. */
export const BASELINES = ['random', 'noop', 'scripted'] as const;
export type Baseline = (typeof BASELINES)[number];

/** The keys that name an environment. */
export interface Environment {
  readonly env_name: string;
  readonly env_id: string;
  readonly env_options: Readonly<Record<string, unknown>>;
  readonly continuous_action: boolean;
}

/** Those that can play in an environment; a scripted one only where it has a controller. */
export function baselinesIn(environment: Environment): Baseline[] {
  return BASELINES.filter((name) => name !== 'scripted' || isScripted(environment));
}

function isScripted({ env_name, env_id, env_options }: Environment): boolean {
  return env_name === 'mpe' && hasScript(env_id, env_options);
}

export function baselinePlayer(
  name: Baseline,
  { env_id, env_options }: Environment,
  { spec }: Pick<VectorEnv, 'spec'>,
): Player {
  const one = (seed: number): Actor => {
    switch (name) {
      case 'random':
        return randomActor(spec, seed);
      case 'noop':
        return noopActor(spec);
      case 'scripted':
        return scriptedController(env_id, spec, env_options);
    }
  };
  return {
    name,
    actor: (rows, seed) =>
      actorPerRow(
        spec,
        Array.from({ length: rows }, () => one(seed)),
      ),
  };
}
