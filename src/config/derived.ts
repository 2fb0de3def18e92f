/** Numbers that follow from several keys: how often an update runs, and for how many updates a schedule runs. */
import { leastCommonMultiple } from '../core/math.ts';
import type { Config } from './keys.ts';

/** The algorithms of a run, each once. */
export function algorithmNames({ agent }: Pick<Config, 'agent'>): string[] {
  return typeof agent === 'string' ? [agent] : [...new Set(Object.values(agent))];
}

/**
 * Steps between updates: the step count grows by `parallels`, and an update needs a multiple of `training_frequency`.
 * null if `train_per_step` is false: updates then follow rounds of episodes, whose length depends on the environment.
 */
export function updateInterval(
  config: Pick<Config, 'parallels' | 'training_frequency' | 'train_per_step'>,
): number | null {
  if (!config.train_per_step) return null;
  return leastCommonMultiple(config.parallels, config.training_frequency);
}

/**
 * Updates over which the linear schedule runs, XuanCe 1.4.4's total_iters:
 * max(1, floor((running_steps - start_training) / (training_frequency * parallels)) * n_epochs), as far as integers are
 * exact.
 */
export function schedulerUpdates(
  config: Pick<Config, 'running_steps' | 'start_training' | 'training_frequency' | 'parallels' | 'n_epochs'>,
): number {
  const steps = config.running_steps - config.start_training;
  const updates = Math.floor(steps / (config.training_frequency * config.parallels)) * config.n_epochs;
  return Math.min(Math.max(1, updates), Number.MAX_SAFE_INTEGER);
}

/**
 * Step at which the first update is due, with episodes of `cycles` steps per environment. The count is the one before a
 * vector step, as in train/session.ts.
 */
export function firstUpdate(
  config: Pick<Config, 'parallels' | 'training_frequency' | 'train_per_step' | 'start_training'>,
  cycles: number,
): number {
  const { parallels, training_frequency: frequency, start_training } = config;
  const interval = updateInterval(config);
  if (interval !== null) return Math.ceil(start_training / interval) * interval;
  // Round r ends in vector step r * cycles.
  const rounds = Math.max(1, Math.ceil((start_training / parallels + 1) / cycles));
  return (Math.ceil(rounds / frequency) * frequency * cycles - 1) * parallels;
}
