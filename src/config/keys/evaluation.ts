/** Keys: greedy evaluation during training. */
import { choice, either, integer, NULL, text, texts } from '../key-types.ts';
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
  best_team: either<string | null>([text({ default: '', doc: '' }), NULL], {
    default: null,
    expected: 'a team or null',
    example: 'adversary',
    doc: 'Scenarios with opponents: the team whose side selects the best checkpoint and is compared with stop_at_return, by its mean return against opponents or, without any, against the agents it trains with. null: the mean over all agents of all sides.',
  }),
  opponents: texts({
    default: [],
    expected: 'a list of random, noop, scripted, and run or checkpoint folders',
    example: ['scripted', 'runs/tag-1'],
    doc: 'Frozen opponents. Each evaluation also plays the side of best_team against each of them for test_episode episodes.',
  }),
};
