/** Keys: seeds, length, folders, records and checkpoints of a run. */
import { choice, either, integer, NULL, number, text } from '../key-types.ts';
import { PARALLELS, SEED } from './shared.ts';

export const run = {
  name: either<string | null>(
    [
      text({
        default: '',
        doc: '',
        pattern: '^(?![.\\s])[^/\\\\\\u0000-\\u001f\\u007f]{0,199}[^\\s/\\\\\\u0000-\\u001f\\u007f]$',
      }),
      NULL,
    ],
    {
      default: null,
      expected: 'a folder name of at most 200 characters or null',
      example: 'spread',
      doc: 'Name of the run and its folder in model_dir. null: built from agent, env_id and seed. A taken name gets -2, -3, ... appended; --name must be new.',
    },
  ),
  seed: integer({ ...SEED, default: 1, doc: 'Seed of initial weights, exploration and replay sampling.' }),
  env_seed: integer({
    ...SEED,
    default: 1,
    doc: 'Seed of the first training environment; the others count up from it.',
  }),
  parallels: integer({
    default: PARALLELS,
    min: 1,
    max: 1_000_000,
    unit: 'environments',
    doc: 'Environments stepped together. A step is one step of one environment: each vector step counts parallels steps.',
  }),
  running_steps: integer({
    default: 10000000,
    min: 1,
    unit: 'steps',
    doc: 'Length of training, over all environments.',
  }),
  stop_at_return: either<number | null>([number({ default: 0, doc: '' }), NULL], {
    default: null,
    expected: 'a number or null',
    example: -7,
    doc: 'End the run at the first evaluation whose mean return (with best_team, its score) reaches this; null: never.',
  }),
  max_wall_s: either<number | null>([number({ default: 1, above: 0, doc: '' }), NULL], {
    default: null,
    expected: 'a number > 0 or null',
    example: 3600,
    unit: 'seconds',
    doc: 'End the run after this much training time, summed over all resumes; null sets no limit.',
  }),
  init_from: either<string | null>([text({ default: '', doc: '' }), NULL], {
    default: null,
    expected: 'a run or checkpoint folder, or null',
    example: 'runs/spread',
    doc: 'Run or checkpoint whose networks a new run starts with, to fine-tune them: optimizers, replay buffer, schedules and budget start anew. null: random weights.',
  }),
  model_dir: text({ default: 'runs', doc: 'Folder for run directories.' }),
  log_interval: integer({ default: 5000, min: 1, unit: 'steps', doc: 'Steps between metric records.' }),
  metric_names: choice(['maddpg', 'cleanrl'], {
    default: 'maddpg',
    doc: 'Names of scalars in TensorBoard. cleanrl: charts/episodic_return, losses/qf_loss, ... (docs/metrics.md); metrics.jsonl and metrics.csv keep the names of maddpg.',
  }),
  save_interval: integer({ default: 500000, min: 1, unit: 'steps', doc: 'Steps between checkpoints.' }),
  keep_checkpoints: integer({
    default: 3,
    min: 0,
    unit: 'checkpoints',
    doc: 'Newest checkpoints to keep besides the best one; 0: all.',
  }),
  keep_replay: integer({
    default: 2,
    min: 0,
    unit: 'checkpoints',
    doc: 'Newest checkpoints that keep the replay buffer, most of their size and needed to resume; 0: all.',
  }),
  save_replay: choice(['always', 'unfinished'], {
    default: 'always',
    doc: 'Whether a finished run keeps its replay buffers. unfinished: it drops them and shrinks to a fraction of its size; it can be evaluated and used for init_from, but not resumed with more steps.',
  }),
};
