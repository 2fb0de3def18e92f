/**
 * Options that were removed. The config.yaml of older runs holds all of them and XuanCe's files hold some, so each is
 * still accepted where ignoring it leaves the result as it was.
 */

/** A removed key. Without `only` it had no effect by itself, and every value is ignored. */
export interface Retired {
  /** The value whose behaviour is the only one left. An empty value is always accepted. */
  readonly only?: number | string | boolean;
}

export const RETIRED: ReadonlyMap<string, Retired> = new Map<string, Retired>([
  ['noise_process', { only: 'gaussian' }],
  ['noise_theta', {}],
  ['epsilon_uniform', { only: 0 }],
  ['critic_loss', { only: 'mse' }],
  ['huber_delta', {}],
  ['weight_decay', { only: 0 }],
  ['reward_scale', { only: 1 }],
  ['use_rewnorm', { only: false }],
  ['rewnorm_range', {}],
  ['initialize', { only: 'orthogonal' }],
  ['recurrent_shortcut', { only: false }],
]);
