/** The work of `maddpg eval --cross`, in its thread (worker.ts): from runs to what it prints. */
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { checkpointsOf } from '../checkpoint/layout.ts';
import { manifestName } from '../checkpoint/names.ts';
import { UserError } from '../core/user-error.ts';
import { atStage } from '../envs/environment-factory.ts';
import { openEnvironments } from '../envs/open.ts';
import { crossPlay, type CrossSide } from '../evaluate/cross.ts';
import { runFolders } from '../report/read-runs.ts';
import { baselinePlayer, baselinesIn } from '../evaluate/baseline-players.ts';
import { TrainedContestants } from '../run/contestants.ts';
import type { LoadedPolicy } from '../run/load-policy.ts';
import { requireTrusted } from '../run/trust.ts';
import { withTrials } from '../sweep/sweep-dir.ts';
import { VERSION } from '../version.ts';
import { crossText } from './cross-text.ts';
import { throttled, type EpisodeNews } from './episode-news.ts';
import type { EvalOptions } from './eval.ts';
import type { WorkContext } from './thread.ts';

export interface CrossWork extends Required<
  Pick<EvalOptions, 'best' | 'trust' | 'engine' | 'json' | 'episodes' | 'seed'>
> {
  /** Runs, checkpoints and folders of runs. */
  readonly cross: readonly string[];
  /** Characters of a line; Infinity where no terminal limits it. */
  readonly width: number;
}

/** What `--json` prints. */
export interface CrossResult {
  readonly maddpg: string;
  readonly env_id: string;
  readonly episodes: number;
  readonly seed: number;
  readonly players: readonly {
    readonly name: string;
    readonly checkpoint?: string;
    readonly step?: number;
  }[];
  readonly sides: readonly CrossSide[];
}

export async function crossing(
  options: CrossWork,
  { signal, tell }: WorkContext<EpisodeNews>,
): Promise<string> {
  const { episodes, seed, best, engine, trust, json, width } = options;
  const trained = await TrainedContestants.load(runsAt(options.cross), { best, engine });
  try {
    const { config, curriculumStage } = requireSameStage(trained.all.map(({ policy }) => policy));
    for (const { policy } of trained.all) if (!trust) requireTrusted(policy.config, policy.checkpoint);
    const environments = atStage(await openEnvironments(config), curriculumStage);
    try {
      const env = environments.make(1);
      for (const { policy } of trained.all) policy.requireFit(env);
      const baselines = baselinesIn(config).map((name) => baselinePlayer(name, config, env));
      const players = [...trained.all, ...baselines];
      const say = throttled(tell);
      const onProgress = (played: number, total: number): void => {
        say({ played, total });
      };
      const sides = await crossPlay(environments, players, { episodes, seed, signal, onProgress });
      const result: CrossResult = {
        ...{ maddpg: VERSION, env_id: config.env_id, episodes, seed },
        players: [
          ...trained.all.map(({ name, policy: { checkpoint, step } }) => ({ name, checkpoint, step })),
          ...baselines.map(({ name }) => ({ name })),
        ],
        sides,
      };
      return json ? `${JSON.stringify(result)}\n` : crossText(result, width);
    } finally {
      environments.close();
    }
  } finally {
    trained.dispose();
  }
}

/** The first policy. Throws UserError unless all are of its curriculum stage, at which they play. */
function requireSameStage(policies: readonly LoadedPolicy[]): LoadedPolicy {
  const shown = ({ curriculumStage = 0 }: LoadedPolicy): string => `curriculum stage ${curriculumStage}`;
  const [first, ...others] = policies as readonly [LoadedPolicy, ...LoadedPolicy[]];
  const other = others.find((one) => shown(one) !== shown(first));
  if (other)
    throw new UserError(
      `${other.checkpoint}: expected ${shown(first)}, as in ${first.checkpoint}, got ${shown(other)}; name runs of one stage`,
    );
  return first;
}

/** Runs and checkpoints as they are named; sweeps and other folders replaced by the runs in them. Each comes once. */
function runsAt(paths: readonly string[]): string[] {
  const found = withTrials(paths).flatMap((at) => {
    const single = [checkpointsOf(at), path.join(at, manifestName), path.join(at, 'config.yaml')].some(
      existsSync,
    );
    const inside = single || !existsSync(at) ? [] : runFolders([at]);
    // Where there is none, loading says what is there instead.
    return inside.length > 0 ? inside : [at];
  });
  const folders = found.map((at) => path.resolve(at));
  return found.filter((_, k) => folders.indexOf(folders[k]!) === k);
}
