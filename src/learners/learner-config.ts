/** The config keys that learners read, with the defaults of the key table (config/keys.ts). */
import { KEYS, type Config, type KeyName } from '../config/keys.ts';

export const LEARNER_KEYS = [
  ...(['gamma', 'tau', 'target_update', 'sync_frequency', 'update_order', 'dl_toolbox'] as const),
  ...(['use_grad_clip', 'grad_clip_norm', 'critic_reward', 'dropout'] as const),
  ...(['actor_update_delay', 'target_noise', 'target_noise_clip', 'logit_regularization'] as const),
  ...(['action_regularization', 'alpha', 'infer_entropy', 'replay', 'sequence_start'] as const),
] as const satisfies readonly KeyName[];

/** Config keys of learners. */
export type LearnerConfig = Pick<Config, (typeof LEARNER_KEYS)[number]>;

/** Fills in defaults from the key table. */
export function learnerConfig(keys: Partial<LearnerConfig>): LearnerConfig {
  const values = LEARNER_KEYS.map((key) => [key, keys[key] ?? KEYS[key].default]);
  return Object.fromEntries(values) as LearnerConfig;
}
