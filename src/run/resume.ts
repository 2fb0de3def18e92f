/**
 * Keys that a resumed run cannot change: the networks, transitions and random streams in its checkpoint depend on them.
 * All other keys may change: lengths, rates, intervals, noise.
 */
import { KEY_NAMES, type Config, type KeyName } from '../config/keys.ts';
import { UserError } from '../core/user-error.ts';

const KEPT: readonly KeyName[] = [
  // The task. env_id only for mpe (below): custom modules may move.
  ...(['agent', 'env_name', 'env_options', 'continuous_action', 'parallels'] as const),
  // Drawn once at the start.
  ...(['seed', 'env_seed', 'gain'] as const),
  // What the best evaluation so far was the best of.
  'best_team',
  // The networks.
  ...(['actor_hidden_size', 'critic_hidden_size', 'activation', 'activation_action', 'normalize'] as const),
  ...(['use_parameter_sharing', 'identity_embedding_mode', 'critic_scope', 'use_global_state'] as const),
  ...(['ensemble_size', 'infer_policies', 'use_automatic_entropy_tuning'] as const),
  ...(['use_rnn', 'rnn', 'fc_hidden_sizes', 'recurrent_hidden_size', 'N_recurrent_layers'] as const),
  ...(['recurrent_critics', 'episode_length', 'sequence_length', 'sequence_start', 'burn_in'] as const),
  // Stored transitions and their meaning.
  ...(['buffer_size', 'replay', 'gumbel', 'critic_reward', 'use_obsnorm'] as const),
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

/** A warning if a new budget changes schedules midway. */
export function stretchedSchedules(begun: Config, now: Config): string[] {
  if (begun.running_steps === now.running_steps) return [];
  const stretched = [
    ...(now.start_noise === now.end_noise ? [] : ['exploration noise']),
    ...(now.lr_schedule === 'linear' ? ['learning rates'] : []),
    ...(now.replay === 'prioritized' ? ['priority_beta'] : []),
  ];
  if (stretched.length === 0) return [];
  return [
    `running_steps changes from ${begun.running_steps} to ${now.running_steps}: the schedules of ${stretched.join(', ')} ` +
      'are stretched and jump at this step',
  ];
}

/** Keys that differ between two configurations, ignoring those that only name or locate a run. */
export function differingKeys(a: Config, b: Config): string[] {
  return KEY_NAMES.filter((key) => key !== 'name' && key !== 'model_dir' && key !== 'seed').filter(
    (key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]),
  );
}
