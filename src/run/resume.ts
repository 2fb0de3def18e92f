/**
 * Keys that a resumed run cannot change: the networks, transitions and random streams in its checkpoint depend on them.
 * All other keys may change: lengths, rates, intervals, noise.
 */
import { schedulerUpdates } from '../config/derived.ts';
import type { Config, KeyName } from '../config/keys.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';
import { ALGORITHMS, type AlgorithmTable } from '../learners/registry.ts';
import { isStochastic } from '../train/algorithm-rules.ts';
import { algorithmOfTeam } from '../train/build.ts';
import { changedKeys } from './provenance.ts';

const KEPT: readonly KeyName[] = [
  // The task. env_id only for mpe (below): custom modules may move.
  ...(['agent', 'env_name', 'env_options', 'continuous_action', 'parallels'] as const),
  // Drawn once at the start.
  ...(['seed', 'env_seed', 'gain'] as const),
  // What the best evaluation so far was the best of.
  'best_team',
  // The networks.
  ...(['actor_hidden_size', 'critic_hidden_size', 'activation', 'activation_action', 'normalize'] as const),
  'negative_slope',
  ...(['use_parameter_sharing', 'identity_embedding_mode', 'critic_scope', 'use_global_state'] as const),
  ...(['ensemble_size', 'infer_policies', 'use_automatic_entropy_tuning'] as const),
  ...(['use_rnn', 'rnn', 'fc_hidden_sizes', 'recurrent_hidden_size', 'N_recurrent_layers'] as const),
  ...(['recurrent_critics', 'episode_length', 'sequence_length', 'sequence_start', 'burn_in'] as const),
  // Stored transitions and their meaning.
  ...(['buffer_size', 'replay', 'priority_alpha', 'gumbel', 'critic_reward', 'use_obsnorm'] as const),
];

/** Throws UserError with a fault for each changed key. `run`: for messages. */
export function requireSameRun(begun: Config, now: Config, run: string): void {
  const kept = begun.env_name === 'mpe' ? ([...KEPT, 'env_id'] as const) : KEPT;
  const faults = kept
    .map((key) => [key, JSON.stringify(begun[key]), JSON.stringify(now[key])] as const)
    .filter(([, before, after]) => before !== after)
    .map(
      ([key, before, after]) =>
        `${key}: expected ${before}, as in ${run}, got ${after}; restore it, or start a new run`,
    );
  if (faults.length > 0) throw new UserError(faults);
}

/** A warning if changed keys stretch schedules midway. `spec`: of the run's environment. */
export function stretchedSchedules(
  begun: Config,
  now: Config,
  spec: JointSpec,
  table: AlgorithmTable = ALGORITHMS,
): string[] {
  const noisy = now.start_noise !== now.end_noise && exploresByNoise(now, spec, table);
  const schedules: Readonly<Record<string, readonly KeyName[]>> = {
    'exploration noise': noisy ? ['running_steps'] : [],
    'learning rates': keysOfRates(begun, now),
    priority_beta: now.replay === 'prioritized' ? ['running_steps'] : [],
  };
  const changes = changedKeys(begun, now);
  const stretched = Object.entries(schedules)
    .map(([name, keys]) => ({ name, keys: keys.filter((key) => key in changes) }))
    .filter(({ keys }) => keys.length > 0);
  if (stretched.length === 0) return [];
  const causes = [...new Set(stretched.flatMap(({ keys }) => keys))].map((key) => {
    const [before, after] = changes[key]!.map((value) => JSON.stringify(value));
    return `${key} changes from ${before!} to ${after!}`;
  });
  return [
    `${causes.join(' and ')}: the schedules of ${stretched.map(({ name }) => name).join(', ')} ` +
      'are stretched and jump at this step',
  ];
}

/** Whether any agent's actions get noise, as in rollout/noise.ts. */
function exploresByNoise(config: Config, spec: JointSpec, table: AlgorithmTable): boolean {
  const algorithmOf = algorithmOfTeam(config, spec, table);
  return spec.agents.some(({ actionKind, team }) => actionKind === 'box' && !isStochastic(algorithmOf(team)));
}

/** Keys that shape the schedule of the learning rates. */
function keysOfRates(begun: Config, now: Config): readonly KeyName[] {
  switch (now.lr_schedule) {
    case 'constant':
      return [];
    case 'linear': {
      // Several keys make its length; changes may cancel out.
      const same = schedulerUpdates(begun) === schedulerUpdates(now);
      const frequency = now.use_rnn ? 'episode_length' : 'training_frequency';
      const length = ['running_steps', 'start_training', frequency, 'parallels', 'n_epochs'] as const;
      return ['end_factor_lr_decay', ...(same ? [] : length)];
    }
    case 'exponential':
      return ['decay_rate', 'decay_steps'];
  }
}

/**
 * Keys that differ between the configuration of a run and a file that it may have been started with: not those that only locate
 * the run, nor its seeds, which --seed may have set.
 */
export function differingKeys(own: Config, file: Config): string[] {
  return Object.keys(changedKeys(own, file)).filter((key) => key !== 'seed' && key !== 'env_seed');
}
