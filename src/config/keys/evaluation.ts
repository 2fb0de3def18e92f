/** Keys of the configuration. Greedy evaluation during the training. The table is put together in ../keys.ts. */
import { choice, integer } from '../key-types.ts';
import { SEED } from './shared.ts';

export const evaluation = {
  eval_interval: integer({ default: 100000, min: 1, unit: 'steps', doc: 'Steps between evaluations.' }),
  test_episode: integer({ default: 5, min: 1, unit: 'episodes', doc: 'Episodes of an evaluation.' }),
  test_seed: integer({
    ...SEED,
    default: 10000,
    doc: 'Seed of the environment in which training evaluates, apart from the default 0 of `maddpg eval`.',
  }),
  eval_policy: choice(['online', 'target'], {
    default: 'online',
    doc: 'Networks that act in an evaluation: the online actors or their slower target copies.',
  }),
};
