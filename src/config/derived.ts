/**
 * Numbers that follow from several keys and that more than one stage needs: how often an update runs, and
 * for how many updates a schedule goes on. Formulas only; the keys themselves stand in keys.ts.
 */
import { leastCommonMultiple } from '../core/math.ts';
import type { Config } from './keys.ts';

/** The algorithms of a run, each once. */
export function algorithmNames({ agent }: Pick<Config, 'agent'>): string[] {
  return typeof agent === 'string' ? [agent] : [...new Set(Object.values(agent))];
}

/** The algorithms whose actors draw their actions, from a normal distribution, and keep no target actors. */
export const SOFT_ALGORITHMS: readonly string[] = ['ISAC', 'MASAC'];

/**
 * Steps between two firings of the update rule: the step count grows by `parallels` and an update needs a
 * multiple of `training_frequency`. null where `train_per_step` is false: then the rule fires once per round
 * of episodes, whose length the environment knows.
 */
export function updateInterval(
  config: Pick<Config, 'parallels' | 'training_frequency' | 'train_per_step'>,
): number | null {
  if (!config.train_per_step) return null;
  return leastCommonMultiple(config.parallels, config.training_frequency);
}

/**
 * Updates over which the learning rate falls, XuanCe 1.4.4's total_iters:
 * max(1, floor((running_steps - start_training) / (training_frequency * parallels)) * n_epochs).
 */
export function schedulerUpdates(
  config: Pick<Config, 'running_steps' | 'start_training' | 'training_frequency' | 'parallels' | 'n_epochs'>,
): number {
  const steps = config.running_steps - config.start_training;
  return Math.max(1, Math.floor(steps / (config.training_frequency * config.parallels)) * config.n_epochs);
}
