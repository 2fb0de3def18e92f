/** Keys: recurrent policies, which remember their episode. The first five are XuanCe's. */
import { choice, either, flag, integer, integers, NULL } from '../key-types.ts';
import { HIDDEN } from './shared.ts';

export const recurrence = {
  use_rnn: flag({
    default: false,
    doc: "Recurrent actors and critics, trained on episodes or sequences (docs/algorithms.md). XuanCe's files also set representation Basic_RNN.",
  }),
  rnn: choice(['GRU', 'LSTM'], { default: 'GRU', doc: 'Cell of the recurrent layers.' }),
  fc_hidden_sizes: integers({
    ...HIDDEN,
    default: [64],
    doc: 'Units of the dense layers in front of the recurrent ones, input to output.',
  }),
  recurrent_hidden_size: integer({
    default: 64,
    min: 1,
    max: HIDDEN.max,
    unit: 'units',
    doc: 'Width of each recurrent layer.',
  }),
  N_recurrent_layers: integer({
    default: 1,
    min: 1,
    max: HIDDEN.most,
    unit: 'layers',
    doc: 'Number of stacked recurrent layers.',
  }),
  recurrent_critics: flag({
    default: true,
    doc: "Whether critics are recurrent too, as XuanCe's are. Joint critics that see the whole state need no memory.",
  }),
  episode_length: integer({
    default: 25,
    min: 1,
    max: 1_000_000,
    unit: 'steps',
    defaultText: '25, or env_options.max_cycles of particle environments',
    doc: 'Longest episode that replay and updates have room for. A longer one stops the run with an error.',
  }),
  sequence_length: either<number | null>([integer({ default: 1, min: 1, max: 1_000_000, doc: '' }), NULL], {
    default: null,
    expected: 'an integer from 1 to 1000000 or null',
    example: 10,
    unit: 'steps',
    defaultText: 'null: whole episodes',
    doc: 'Updates sample sequences of this many steps in place of whole episodes (R2D2, Kapturowski et al. 2019). At most episode_length.',
  }),
  sequence_start: choice(['stored', 'zeros'], {
    default: 'stored',
    doc: 'Initial recurrent states of sampled sequences, before burn_in: those of the policy that acted, as stored, or zeros.',
  }),
  burn_in: integer({
    default: 0,
    min: 0,
    max: 1_000_000,
    unit: 'steps',
    doc: 'Steps before each sequence that only advance its states, without learning. At most sequence_length.',
  }),
};
