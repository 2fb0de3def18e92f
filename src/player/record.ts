/** Records policies: opens an environment, casts who plays, and takes down the episodes that `maddpg eval` would play. */
import type { Config } from '../config/keys.ts';
import { atStage } from '../envs/environment-factory.ts';
import { scriptedController } from '../envs/mpe/controllers/scripted.ts';
import { openEnvironments } from '../envs/open.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import { noopActor, randomActor } from '../evaluate/actors.ts';
import { evaluateActor } from '../evaluate/evaluate.ts';
import type { LoadedPolicy } from '../run/load-policy.ts';
import { criticOf } from './critic.ts';
import { Recorder, recordingOf } from './recorder.ts';
import type { Episode, Recording } from './recording.ts';
import { against, type Playing } from './teams.ts';

export interface Cast {
  /** Its environment is opened: ask requireTrusted() first. */
  readonly config: Config;
  /** Default trained. */
  readonly policy?: 'trained' | 'random' | 'noop' | 'scripted';
  /** The policy `trained`. */
  readonly trained?: LoadedPolicy | undefined;
  /** Plays all sides but the first. */
  readonly against?: LoadedPolicy | undefined;
}

export interface RecordOptions {
  /** Per seed. */
  readonly episodes: number;
  readonly seeds: readonly number[];
  readonly onEpisode?: (() => void) | undefined;
}

/** Episodes of every seed, in order. Throws UserError if the policies do not fit the environment or each other. */
export async function recordPolicy(cast: Cast, options: RecordOptions): Promise<Recording> {
  const { curriculumStage } = cast.trained ?? cast.against ?? {};
  const environments = atStage(await openEnvironments(cast.config), curriculumStage);
  try {
    const env = environments.make(1);
    if (cast.policy === undefined || cast.policy === 'trained') cast.trained?.requireFit(env);
    cast.against?.requireFit(env);
    const sideOf = sidesOf(cast, env);
    const episodes: Episode[] = [];
    for (const seed of options.seeds) {
      const { actor, values } = sideOf(seed);
      const recorder = new Recorder(env, actor, seed, values);
      await evaluateActor(env, recorder.actor, {
        ...{ episodes: options.episodes, seed, onEpisode: options.onEpisode },
      });
      episodes.push(...recorder.episodes);
    }
    return recordingOf(env, titleOf(cast), episodes);
  } finally {
    environments.close();
  }
}

/** Who plays with a seed. */
function sidesOf(cast: Cast, env: VectorEnv): (seed: number) => Playing {
  const own = ownSides(cast, env);
  const others = cast.against && trainedSide(cast.against);
  return others ? (seed) => against(env, own(seed), others) : own;
}

function ownSides(
  { policy = 'trained', trained, config }: Cast,
  { spec }: VectorEnv,
): (seed: number) => Playing {
  switch (policy) {
    case 'trained': {
      const side = trainedSide(trained!);
      return () => side;
    }
    case 'random':
      return (seed) => ({ actor: randomActor(spec, seed) });
    case 'noop':
      return () => ({ actor: noopActor(spec) });
    case 'scripted':
      return () => ({ actor: scriptedController(config.env_id, spec, config.env_options) });
  }
}

/** A trained policy and its critics. */
export function trainedSide({ actor, policy }: LoadedPolicy): Playing {
  return { actor, values: criticOf(policy) };
}

/** `runs/spread at step 30000 against runs/other at step 60000`, `scripted policy` */
export function titleOf({ policy = 'trained', trained, against: others }: Cast): string {
  const own = policy === 'trained' ? named(trained!) : `${policy} policy`;
  return others ? `${own} against ${named(others)}` : own;
}

function named({ checkpoint, step }: LoadedPolicy): string {
  return `${checkpoint.replace(/[/\\]checkpoints[/\\][^/\\]+[/\\]?$/, '')} at step ${step}`;
}
