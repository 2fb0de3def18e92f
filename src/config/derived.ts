/** Numbers that follow from several keys: how often an update runs, and for how many updates a schedule runs. */
import { leastCommonMultiple } from '../core/math.ts';
import type { Config } from './keys.ts';

/** The algorithms of a run, each once. */
export function algorithmNames({ agent }: Pick<Config, 'agent'>): string[] {
  return typeof agent === 'string' ? [agent] : [...new Set(Object.values(agent))];
}

type Timing = Pick<Config, 'parallels' | 'training_frequency' | 'train_per_step' | 'use_rnn'>;

/**
 * Steps between updates: the step count grows by `parallels`, and an update needs a multiple of `training_frequency`.
 * null if updates follow rounds of episodes, whose length depends on the environment.
 */
export function updateInterval(config: Timing): number | null {
  if (config.use_rnn || !config.train_per_step) return null;
  return leastCommonMultiple(config.parallels, config.training_frequency);
}

/** Rounds of episodes between updates, where these follow rounds; recurrent policies learn after every one. */
export function roundsBetweenUpdates(config: Timing): number {
  return config.use_rnn ? 1 : config.training_frequency;
}

/**
 * Updates over which the linear schedule runs, XuanCe 1.4.4's total_iters:
 * max(1, floor((running_steps - start_training) / (training_frequency * parallels)) * n_epochs), as far as integers are
 * exact. With use_rnn, episode_length stands for training_frequency.
 */
export function schedulerUpdates(
  config: Pick<
    Config,
    | 'running_steps'
    | 'start_training'
    | 'training_frequency'
    | 'parallels'
    | 'n_epochs'
    | 'use_rnn'
    | 'episode_length'
  >,
): number {
  const steps = config.running_steps - config.start_training;
  const frequency = config.use_rnn ? config.episode_length : config.training_frequency;
  const updates = Math.floor(steps / (frequency * config.parallels)) * config.n_epochs;
  return Math.min(Math.max(1, updates), Number.MAX_SAFE_INTEGER);
}

/**
 * Step at which the first update is due, with episodes of `cycles` steps per environment. The count is the one before a
 * vector step, as in train/session.ts.
 */
export function firstUpdate(config: Timing & Pick<Config, 'start_training'>, cycles: number): number {
  const { parallels, start_training } = config;
  const interval = updateInterval(config);
  if (interval !== null) return Math.ceil(start_training / interval) * interval;
  const frequency = roundsBetweenUpdates(config);
  // Round r ends in vector step r * cycles, which recurrent policies count before they compare.
  const least = start_training / parallels + (config.use_rnn ? 0 : 1);
  const rounds = Math.max(1, Math.ceil(least / cycles));
  return (Math.ceil(rounds / frequency) * frequency * cycles - 1) * parallels;
}
