/** Keys of the configuration. Actors and critics: widths, activations, who shares them. The table is put together in ../keys.ts. */
import { choice, flag, integers, nameLists, number, either } from '../key-types.ts';

export const networks = {
  use_obsnorm: flag({
    default: false,
    doc: 'Show actors and critics observations less their running mean, divided by their running standard deviation, column by column and the same for agents that share networks, clipped to obsnorm_range. Evaluations use the moments of the training, which the checkpoint holds.',
  }),
  obsnorm_range: number({
    default: 5,
    above: 0,
    doc: 'Observations are clipped to plus and minus this where use_obsnorm is true.',
  }),
  actor_hidden_size: integers({
    default: [64, 64],
    min: 1,
    doc: "Units of the actors' hidden layers, from input to output.",
  }),
  critic_hidden_size: integers({
    default: [64, 64],
    min: 1,
    doc: "Units of the critics' hidden layers, from input to output.",
  }),
  activation: choice(['leaky_relu', 'relu', 'tanh', 'elu', 'sigmoid', 'gelu'], {
    default: 'leaky_relu',
    doc: "Activation of the hidden layers. gelu is x times the normal distribution function, as PyTorch's by default, not the approximation by tanh.",
  }),
  negative_slope: number({
    default: 0.01,
    min: 0,
    max: 1,
    doc: "Slope of leaky_relu below zero. XuanCe has its toolbox's own: 0.01 in PyTorch, 0.2 in MindSpore.",
  }),
  normalize: choice(['none', 'LayerNorm'], {
    default: 'none',
    doc: 'Normalisation of the outputs of every hidden layer, after its activation: none, or LayerNorm over the units, with a gain and a shift for each.',
  }),
  dropout: number({
    default: 0,
    min: 0,
    below: 1,
    doc: "Share of hidden units that are dropped, drawn anew for each use in an update, by online networks only; acting, evaluation and target networks keep all. In XuanCe the key is one of its recurrent networks'.",
  }),
  activation_action: choice(['sigmoid', 'tanh', 'none'], {
    default: 'sigmoid',
    doc: "Activation of the actors' output for Box actions; none leaves it linear. Discrete actions are chosen by linear scores.",
  }),
  initialize: choice(
    ['orthogonal', 'xavier_uniform', 'xavier_normal', 'kaiming_uniform', 'kaiming_normal', 'normal'],
    {
      default: 'orthogonal',
      doc: 'Scheme of the initial weights; biases start at zero. normal is the standard normal distribution, whose width gain sets.',
    },
  ),
  gain: number({ default: 1, above: 0, doc: 'Factor of the initial weights.' }),
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
      doc: 'Which agents share one actor and one critic: true all, false none, teams those of a team, or lists of agent names.',
    },
  ),
  critic_scope: choice(['all', 'team'], {
    default: 'all',
    doc: "Agents whose observations and actions joint critics (MADDPG, MATD3, MASAC) see: all, or the agent's own team.",
  }),
  identity_embedding_mode: choice(['one_hot', 'none'], {
    default: 'one_hot',
    doc: 'Whether shared networks are told which agent they act for: by a one-hot id, or not at all.',
  }),
};
