/** The frozen opponents of a run, from the key opponents: baselines, and the policies of runs and checkpoints. */
import * as path from 'node:path';
import type { Config } from '../config/keys.ts';
import { UserError } from '../core/user-error.ts';
import { prefixed } from '../core/within.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import { bestSide, hashesOf, type Opponent } from '../train/best-score.ts';
import type { TrainerState } from '../train/run-store.ts';
import { baselinePlayer, BASELINES, baselinesIn } from '../evaluate/baseline-players.ts';
import { runOf, TrainedContestants } from './contestants.ts';

export interface Opponents {
  readonly players: readonly Opponent[];
  dispose(): void;
}

/** Loads the opponents. Throws UserError naming the key if one is missing, damaged, or of another environment. */
export async function openOpponents(config: Config, env: VectorEnv): Promise<Opponents> {
  bestSide(config, env);
  const trained = await loadAll(config, env);
  const names = new Set<string>();
  const players = config.opponents.map((given): Opponent => {
    const baseline = BASELINES.find((name) => name === given);
    if (baseline) return baselinePlayer(baseline, config, env);
    const { policy, actor } = trained.all.find(({ name }) => name === given)!;
    const { checkpoint, step, weights } = policy;
    const name = unused(path.basename(runOf(checkpoint)), names);
    return { name, actor, trained: { checkpoint, step, weights } };
  });
  return {
    players,
    dispose: () => {
      trained.dispose();
    },
  };
}

async function loadAll(config: Config, env: VectorEnv): Promise<TrainedContestants> {
  const isBaseline = (name: string): boolean => BASELINES.some((one) => one === name);
  try {
    if (config.opponents.includes('scripted') && !baselinesIn(config).includes('scripted'))
      throw new UserError(
        `expected an environment with a scripted controller that its options leave usable, got ${env.name}; ` +
          'take scripted out',
      );
    const trained = await TrainedContestants.load(config.opponents.filter((name) => !isBaseline(name)));
    try {
      for (const { policy } of trained.all) {
        const { env_name, env_id } = policy.config;
        if (config.env_name === 'mpe' && env_name === 'mpe' && env_id !== config.env_id)
          throw new UserError(
            `${policy.checkpoint}: expected a policy trained in ${config.env_id}, got one of ${env_id}`,
          );
        policy.requireFit(env);
      }
      return trained;
    } catch (error) {
      trained.dispose();
      throw error;
    }
  } catch (error) {
    throw prefixed('opponents', error);
  }
}

/** The name, with a number if it is taken. */
function unused(name: string, taken: Set<string>): string {
  let free = name;
  for (let k = 2; taken.has(free) || BASELINES.some((one) => one === free); k++) free = `${name}_${k}`;
  taken.add(free);
  return free;
}

/** Throws UserError unless a run goes on against the opponents it began with: its best would be of different games. */
export function requireSameOpponents(
  begun: TrainerState['opponents'],
  now: readonly Opponent[],
  run: string,
): void {
  const before = begun ?? {};
  const after = hashesOf(now) ?? {};
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const faults = names.flatMap((name) => {
    if (!(name in after))
      return [
        `opponents: expected ${name} among them, as in ${run}, got none of that name; restore it, or start a new run`,
      ];
    if (!(name in before))
      return [`opponents: expected none but those of ${run}, got ${name}; take it out, or start a new run`];
    if (before[name] === after[name]) return [];
    const { checkpoint } = now.find((one) => one.name === name)!.trained ?? { checkpoint: name };
    return [
      `opponents: expected ${name} with the weights that ${run} began with (sha256 ${short(before[name])}), got those of ` +
        `${checkpoint} (${short(after[name])}); name the checkpoint with the former, or start a new run`,
    ];
  });
  if (faults.length > 0) throw new UserError(faults);
}

function short(hash: string | null | undefined): string {
  return hash?.slice(0, 12) ?? 'none';
}
