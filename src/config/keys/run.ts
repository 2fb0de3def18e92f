/** Keys of the configuration. A run as a whole: seeds, length, folders, what is recorded and kept. The table is put together in ../keys.ts. */
import { either, integer, number, text } from '../key-types.ts';
import type { Key } from '../key-types.ts';
import { PARALLELS, SEED } from './shared.ts';

/** The alternative that a key is not set. */
const NULL: Key<null> = { default: null, doc: '', expected: 'null', schema: { type: 'null' } };

export const run = {
  name: either<string | null>(
    [
      text({
        default: '',
        doc: '',
        pattern: '^(?![.\\s])[^/\\\\\\u0000-\\u001f]*[^\\s/\\\\\\u0000-\\u001f]$',
      }),
      NULL,
    ],
    {
      default: null,
      expected: 'a folder name or null',
      example: 'spread',
      doc: 'Name of the run, its folder in model_dir; null makes one from agent, env_id and seed.',
    },
  ),
  seed: integer({ ...SEED, default: 1, doc: 'Seed of initial weights, exploration and replay sampling.' }),
  env_seed: integer({ ...SEED, default: 1, doc: 'Seed of the first training environment.' }),
  parallels: integer({
    default: PARALLELS,
    min: 1,
    unit: 'environments',
    doc: 'Environments that are stepped together. A step is one joint step of one environment, so each vector step counts parallels steps.',
  }),
  running_steps: integer({
    default: 10000000,
    min: 1,
    unit: 'steps',
    doc: 'Length of the training, over all environments together.',
  }),
  stop_at_return: either<number | null>([number({ default: 0, doc: '' }), NULL], {
    default: null,
    expected: 'a number or null',
    example: -7,
    doc: 'End the run at the first evaluation whose mean return reaches this; null never does.',
  }),
  max_wall_s: either<number | null>([number({ default: 1, above: 0, doc: '' }), NULL], {
    default: null,
    expected: 'a number > 0 or null',
    example: 3600,
    unit: 'seconds',
    doc: 'End the run after this much training time, summed over all resumes; null sets no limit.',
  }),
  model_dir: text({ default: 'runs', doc: 'Folder in which the folder of the run is made.' }),
  log_interval: integer({
    default: 5000,
    min: 1,
    unit: 'steps',
    doc: 'Steps between records in the metric files.',
  }),
  save_interval: integer({ default: 500000, min: 1, unit: 'steps', doc: 'Steps between checkpoints.' }),
  keep_checkpoints: integer({
    default: 3,
    min: 0,
    unit: 'checkpoints',
    doc: 'How many of the newest checkpoints stay beside the best one; 0 keeps all.',
  }),
};
