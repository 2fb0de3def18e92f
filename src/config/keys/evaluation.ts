/** Keys: greedy evaluation during training. */
import { choice, integer } from '../key-types.ts';
import { SEED } from './shared.ts';

export const evaluation = {
  eval_interval: integer({ default: 100000, min: 1, unit: 'steps', doc: 'Steps between evaluations.' }),
  test_episode: integer({ default: 5, min: 1, unit: 'episodes', doc: 'Episodes per evaluation.' }),
  test_seed: integer({
    ...SEED,
    default: 10000,
    doc: 'Seed of the evaluation environment. `maddpg eval` has its own, 0 by default.',
  }),
  eval_policy: choice(['online', 'target'], {
    default: 'online',
    doc: 'Actors that play evaluations: the online ones or their target copies.',
  }),
};
