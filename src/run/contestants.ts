/** Contestants of a cross-play: the policies of runs and checkpoints, and those that no training made. */
import * as path from 'node:path';
import { UserError } from '../core/user-error.ts';
import type { Engine } from '../engine/engine.ts';
import type { Contestant } from '../evaluate/cross.ts';
import { engineFor, loadPolicyOn, type LoadedPolicy, type LoadPolicyOptions } from './load-policy.ts';

/** A trained policy that plays. */
export interface TrainedContestant extends Contestant {
  readonly policy: LoadedPolicy;
}

/** Trained policies, on engines that they share. */
export class TrainedContestants {
  readonly all: readonly TrainedContestant[];
  readonly #engines: ReadonlyMap<unknown, Engine>;

  private constructor(all: readonly TrainedContestant[], engines: ReadonlyMap<unknown, Engine>) {
    this.all = all;
    this.#engines = engines;
  }

  /**
   * Loads the policies of runs or checkpoints, each of which is named by its path. Throws CheckpointError for one that is
   * missing or damaged, UserError unless all are of the same environment.
   */
  static async load(paths: readonly string[], options: LoadPolicyOptions = {}): Promise<TrainedContestants> {
    const engines = new Map<unknown, Engine>();
    try {
      const all: TrainedContestant[] = [];
      for (const at of paths) {
        const policy = await loadPolicyOn(at, options, async (config) => {
          const engine = engines.get(config.arithmetic) ?? (await engineFor(config, options));
          engines.set(config.arithmetic, engine);
          return engine;
        });
        requireSameEnvironment(all[0]?.policy ?? policy, policy);
        all.push({
          name: at,
          run: runOf(policy.checkpoint),
          policy,
          actor: (rows) => policy.actorFor(rows),
        });
      }
      return new TrainedContestants(all, engines);
    } catch (error) {
      for (const engine of engines.values()) engine.dispose();
      throw error;
    }
  }

  dispose(): void {
    for (const engine of this.#engines.values()) engine.dispose();
  }
}

/** The run that a checkpoint belongs to; the checkpoint itself if it lies elsewhere. */
export function runOf(checkpoint: string): string {
  const parent = path.dirname(path.resolve(checkpoint));
  return path.basename(parent) === 'checkpoints' ? path.dirname(parent) : path.resolve(checkpoint);
}

/** Throws UserError unless both were trained in the same environment with the same options. */
function requireSameEnvironment(first: LoadedPolicy, other: LoadedPolicy): void {
  const [expected, got] = [first, other].map(({ config }) => environmentText(config));
  if (expected !== got)
    throw new UserError(
      `${other.checkpoint}: expected the environment of ${first.checkpoint}, ${expected}, got ${got}; name runs of one environment`,
    );
  other.requireFit({ spec: first.spec, name: first.checkpoint });
}

/** `simple_tag_v3 with num_good 2, discrete actions` */
function environmentText({
  env_name,
  env_id,
  env_options,
  continuous_action,
  use_global_state,
}: LoadedPolicy['config']): string {
  const options = Object.entries(env_options)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  const kind = env_name === 'mpe' ? [`${continuous_action ? 'continuous' : 'discrete'} actions`] : [];
  // It decides who hides velocities, the environment or the policy.
  const whole = use_global_state ? ['use_global_state true'] : [];
  return [env_id, ...kind, ...options, ...whole].join(', ');
}
