/** Keys: actors and critics, what they see and who shares them. */
import { choice, either, flag, integers, nameLists, number } from '../key-types.ts';
import { HIDDEN } from './shared.ts';

const SIZES = { ...HIDDEN, default: [64, 64] };

export const networks = {
  use_obsnorm: flag({
    default: false,
    doc: 'Normalize observations by their running mean and standard deviation, per column, then clip them to obsnorm_range. Agents that share networks share both; checkpoints store them for evaluation.',
  }),
  obsnorm_range: number({
    default: 5,
    above: 0,
    doc: 'With use_obsnorm: observations are clipped to plus or minus this.',
  }),
  actor_hidden_size: integers({
    ...SIZES,
    doc: "Units of the actors' hidden layers, input to output; with use_rnn, of those behind the recurrent layers.",
  }),
  critic_hidden_size: integers({
    ...SIZES,
    doc: "Units of the critics' hidden layers, input to output; with use_rnn, of those behind the recurrent layers.",
  }),
  activation: choice(['leaky_relu', 'relu', 'tanh', 'elu', 'sigmoid'], {
    default: 'leaky_relu',
    doc: 'Activation of hidden layers.',
  }),
  negative_slope: number({
    default: 0.01,
    min: 0,
    max: 1,
    doc: 'Slope of leaky_relu below zero. PyTorch has 0.01, MindSpore 0.2.',
  }),
  normalize: choice(['none', 'LayerNorm'], {
    default: 'none',
    doc: 'Normalisation of hidden layers, after the activation: none, or LayerNorm with learned gain and shift.',
  }),
  dropout: number({
    default: 0,
    min: 0,
    below: 1,
    doc: 'Dropout probability of hidden units, only in updates of online networks; with use_rnn, between recurrent layers. XuanCe also applies it in acting and targets.',
  }),
  activation_action: choice(['sigmoid', 'tanh', 'none'], {
    default: 'sigmoid',
    doc: 'Output activation of actors with Box actions; none: linear. Discrete actions have linear logits.',
  }),
  gain: number({
    default: 1,
    above: 0,
    doc: 'Gain of the orthogonal initial weights; biases start at 0.',
  }),
  use_parameter_sharing: either<boolean | 'teams' | readonly (readonly string[])[]>(
    [
      flag({ default: true, doc: '' }),
      choice(['teams'], { default: 'teams', doc: '' }),
      nameLists({ default: [], doc: '' }),
    ],
    {
      default: true,
      expected: 'true, false, teams or a list of lists of agent names',
      example: [['adversary_0'], ['agent_0', 'agent_1']],
      doc: 'Which agents share networks: all (true), none (false), each team (teams), or each list of agent names.',
    },
  ),
  critic_scope: choice(['all', 'team'], {
    default: 'all',
    doc: "Whose observations and actions joint critics see (MADDPG, MATD3, MASAC): everyone's, or only their team's.",
  }),
  use_global_state: flag({
    default: false,
    doc: 'Joint critics see the state: in particle environments, all observations, including velocities that hide_velocity hides from actors.',
  }),
  identity_embedding_mode: choice(['one_hot', 'none'], {
    default: 'one_hot',
    doc: 'How shared networks tell agents apart: by a one-hot id, or not at all.',
  }),
};
