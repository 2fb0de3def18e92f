/**
 * What a resumed run cannot change. Its checkpoint holds networks, stored transitions and random streams that only mean
 * something under these keys: with others it would be refused in terms of tensors and files, or go on as something that
 * nobody asked for. All other keys may change on the way: lengths, rates, intervals, noise.
 */
import type { Config, KeyName } from '../config/keys.ts';
import { UserError } from '../core/user-error.ts';

const KEPT: readonly KeyName[] = [
  // The task. Modules of one's own may move; a particle world that is another one has another state.
  ...(['agent', 'env_name', 'env_options', 'continuous_action', 'parallels'] as const),
  // What is drawn once, at the beginning.
  ...(['seed', 'env_seed', 'gain'] as const),
  // The networks.
  ...(['actor_hidden_size', 'critic_hidden_size', 'activation', 'activation_action', 'normalize'] as const),
  ...(['use_parameter_sharing', 'identity_embedding_mode', 'critic_scope'] as const),
  ...(['ensemble_size', 'infer_policies'] as const),
  // What is stored, and what it is taken for.
  ...(['buffer_size', 'replay', 'gumbel', 'critic_reward', 'use_obsnorm'] as const),
];

/** Throws UserError, a fault for each key that differs from what the run began with. `run` names it. */
export function requireSameRun(begun: Config, now: Config, run: string): void {
  const kept = begun.env_name === 'mpe' ? ([...KEPT, 'env_id'] as const) : KEPT;
  const faults = kept
    .map((key) => [key, JSON.stringify(begun[key]), JSON.stringify(now[key])] as const)
    .filter(([, before, after]) => before !== after)
    .map(
      ([key, before, after]) =>
        `${key}: expected ${before}, with which ${run} began, got ${after}; leave it as it was, or start a new run`,
    );
  if (faults.length > 0) throw new UserError(faults);
}

/** A warning for each schedule that a longer or shorter budget changes on the way. */
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
      'stretch with it and jump at this step',
  ];
}
