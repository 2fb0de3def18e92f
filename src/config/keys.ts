/**
 * THE table of configuration keys: name, type, range, default, unit and documentation stand here and nowhere
 * else. The type Config, the ajv schema, the JSON Schema, `config show`, `config explain` and the README's
 * table are made from it. Names and meanings are XuanCe's; its older names and its own machinery's keys are
 * in xuance.ts. Values come from load.ts; rules between keys stand in rules.ts.
 */
import {
  choice,
  choices,
  either,
  flag,
  integer,
  integers,
  mapping,
  nameLists,
  number,
  text,
} from './key-types.ts';
import type { Key } from './key-types.ts';
import { leastCommonMultiple } from './derived.ts';

const ALGORITHM_NAMES = ['MADDPG', 'MATD3', 'IDDPG', 'ISAC', 'MASAC'] as const;
type AlgorithmName = (typeof ALGORITHM_NAMES)[number];
const PARALLELS = 16;
const TRAINING_FREQUENCY = 25;
const SIGMA = 0.1;
/** Seeds fit in 32 bits, as NumPy's legacy seeding (which XuanCe calls) requires. */
const SEED = { min: 0, max: 4294967295 };

const task = {
  agent: either<AlgorithmName | Readonly<Record<string, AlgorithmName>>>(
    [
      choice(ALGORITHM_NAMES, { default: 'MADDPG', doc: '' }),
      choices(ALGORITHM_NAMES, { default: {}, doc: '' }),
    ],
    {
      default: 'MADDPG',
      expected: `one of ${ALGORITHM_NAMES.join(', ')}, or a mapping of teams to them`,
      example: { adversary: 'IDDPG', agent: 'MADDPG' },
      doc: 'The learning algorithm, or one for each team: agents of a team have equal names but for the number at the end.',
    },
  ),
  env_name: choice(['mpe', 'custom', 'pettingzoo'], {
    default: 'mpe',
    doc: "The family of environments: the particle world's own ones, one of yours (docs/custom-environments.md), or one of PettingZoo's in Python.",
  }),
  env_id: text({
    default: 'simple_spread_v3',
    doc: 'The environment. With mpe, `maddpg envs` lists them with their agents and options; with custom, a module: a path from the configuration file such as ./my-env.mjs, or a package; with pettingzoo, a Python module with parallel_env such as mpe2.simple_spread_v3.',
  }),
  env_options: mapping({
    default: {},
    example: { N: 5 },
    doc: 'Options of the environment, such as N (number of agents) or max_cycles (steps in an episode). `maddpg envs ID` lists what an environment takes.',
  }),
  continuous_action: flag({
    default: true,
    doc: 'Continuous (Box) actions; false gives the discrete ones. Only mpe has both.',
  }),
  python: text({
    default: 'python3',
    doc: 'Python interpreter in which environments of env_name pettingzoo run: a name or a path.',
  }),
  python_timeout: number({
    default: 60,
    above: 0,
    unit: 'seconds',
    doc: 'Longest time that Python may take to load the environment, or for one step of all environments, before the run is given up.',
  }),
};

const run = {
  name: either<string | null>(
    [
      text({
        default: '',
        doc: '',
        pattern: '^(?![.\\s])[^/\\\\\\u0000-\\u001f]*[^\\s/\\\\\\u0000-\\u001f]$',
      }),
      { default: null, doc: '', expected: '', schema: { type: 'null' } },
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

const learning = {
  start_training: integer({ default: 1000, min: 0, unit: 'steps', doc: 'No update before this step.' }),
  training_frequency: integer({
    default: TRAINING_FREQUENCY,
    min: 1,
    unit: 'steps',
    doc:
      'An update happens where the step count is a multiple of it. The count grows by parallels, so the rule ' +
      'fires only at common multiples of parallels and training_frequency: ' +
      `with the defaults, ${PARALLELS} and ${TRAINING_FREQUENCY}, ` +
      `one update per ${leastCommonMultiple(PARALLELS, TRAINING_FREQUENCY)} steps.`,
  }),
  train_per_step: flag({
    default: true,
    doc: 'Updates follow training_frequency; false updates once per round of episodes, as the generation of XuanCe with lr_a and lr_c does.',
  }),
  n_epochs: integer({ default: 1, min: 1, unit: 'updates', doc: 'Updates each time that the rule fires.' }),
  buffer_size: integer({
    default: 100000,
    min: 1,
    unit: 'steps',
    doc: 'Capacity of the replay buffer, over all environments together; a multiple of parallels.',
  }),
  replay: choice(['uniform', 'prioritized'], {
    default: 'uniform',
    doc: 'How transitions are drawn: all alike, or in proportion to the temporal difference error that a critic last had on them (Schaul et al. 2016).',
  }),
  priority_alpha: number({
    default: 0.6,
    min: 0,
    max: 1,
    doc: 'Prioritised replay: exponent of the errors; 0 draws all alike.',
  }),
  priority_beta: number({
    default: 0.4,
    min: 0,
    max: 1,
    doc: 'Prioritised replay: exponent of the weights that make up for the uneven drawing, at step 0; it goes linearly to 1 over running_steps.',
  }),
  batch_size: integer({ default: 256, min: 1, unit: 'samples', doc: 'Joint transitions in one update.' }),
  gamma: number({
    default: 0.99,
    min: 0,
    max: 1,
    doc: "Discount factor of a step. XuanCe's files for MPE say 0.95.",
  }),
  n_step: integer({
    default: 1,
    min: 1,
    unit: 'steps',
    doc: 'Rewards summed in a target before it bootstraps, fewer where an episode ends; a time limit bootstraps. 1 is the published update.',
  }),
  critic_reward: choice(['agent', 'team'], {
    default: 'agent',
    doc: "Reward that a critic learns from: the agent's own, or the mean over its team (agents whose names differ in their number only).",
  }),
  reward_scale: number({
    default: 1,
    above: 0,
    doc: 'Factor on the rewards that critics learn from, after use_rewnorm where that is set. Metrics and evaluations show unscaled returns.',
  }),
  use_rewnorm: flag({
    default: false,
    doc: "Divide the rewards that critics learn from by the running standard deviation of the ended episodes' discounted returns, kept within 0.1 and 100 and the same for the agents of a team, and clip them to rewnorm_range. Metrics and evaluations show returns as they are.",
  }),
  rewnorm_range: number({
    default: 5,
    above: 0,
    doc: 'Rewards are clipped to plus and minus this where use_rewnorm is true.',
  }),
  critic_loss: choice(['mse', 'huber'], {
    default: 'mse',
    doc: 'What an error of a critic costs: its square, or from huber_delta on only as much as it grows, so that single large errors pull less.',
  }),
  huber_delta: number({
    default: 1,
    above: 0,
    doc: 'With critic_loss huber: the error up to which the loss is half its square.',
  }),
  augmentation: choice(['none', 'symmetries'], {
    default: 'none',
    doc: 'Changes made to a sampled batch: none, or each sample passed through a random exact symmetry of the task (agents or landmarks that change places, turns and mirrors of the plane), where the environment declares any.',
  }),
  ensemble_size: integer({
    default: 1,
    min: 1,
    max: 255,
    unit: 'policies',
    doc:
      'Sub-policies of each parameter group (Lowe et al. 2017, policy ensembles): one of them, drawn anew for each group, ' +
      'plays an episode; each learns from the episodes that it played, in turns. 1 is a single policy.',
  }),
  update_order: choice(['critic_first', 'actor_first'], {
    default: 'critic_first',
    doc: "MADDPG's order within an update: critic_first as XuanCe 1.4.4, actor_first as its documented generation. IDDPG always moves the actor first, the others the critics.",
  }),
  dl_toolbox: choice(['torch', 'mindspore'], {
    default: 'torch',
    doc: "Which of XuanCe's variants of the update is followed; mindspore computes all targets first and never clips.",
  }),
  actor_update_delay: integer({
    default: 2,
    min: 1,
    unit: 'updates',
    doc: 'MATD3 only: critic updates for each update of actors and targets.',
  }),
  gumbel: choice(['soft', 'straight_through'], {
    default: 'soft',
    doc: "Discrete actions only: what a critic sees of a choice. soft: the relaxed sample softmax((scores + Gumbel noise) / gumbel_temperature), in the replay buffer and in targets too, as in the paper's program. straight_through: a one-hot vector with the relaxed sample's gradient; targets take the largest score.",
  }),
  gumbel_temperature: number({
    default: 1,
    above: 0,
    doc: 'Discrete actions only: temperature of the relaxed sample; towards 0 it is nearly one-hot.',
  }),
  logit_regularization: number({
    default: 0.001,
    min: 0,
    doc: "Discrete actions only: weight of the mean squared score in the actors' loss, which keeps choices from hardening early.",
  }),
  target_noise: number({
    default: 0,
    min: 0,
    doc: "MATD3 only: standard deviation of the noise on target actions (target policy smoothing). XuanCe draws none; the paper's value is 0.2.",
  }),
  target_noise_clip: number({
    default: 0.5,
    above: 0,
    doc: 'MATD3 only: the noise on target actions is clipped to plus and minus this.',
  }),
  infer_policies: flag({
    default: false,
    doc: "MADDPG and MATD3 only: every parameter group learns approximate policies of the other groups from replayed actions, and its targets take the others' next actions from them instead of from their target actors, as in section 4.2 of the paper. Needs two groups or more.",
  }),
  infer_entropy: number({
    default: 0.001,
    min: 0,
    doc: 'With infer_policies: weight of the entropy in the loss of the approximate policies.',
  }),
  learning_rate_actor: number({
    default: 0.01,
    above: 0,
    doc: 'Initial learning rate of the actors, and of the approximate policies of infer_policies. Older files of XuanCe call it lr_a.',
  }),
  learning_rate_critic: number({
    default: 0.001,
    above: 0,
    doc: 'Initial learning rate of the critics. Older files of XuanCe call it lr_c.',
  }),
  optimizer_eps: number({
    default: 1e-5,
    above: 0,
    doc: "Adam's epsilon. XuanCe fixes it in code at this value, not at the usual 1e-8.",
  }),
  weight_decay: number({
    default: 0,
    min: 0,
    doc: "L2 regularisation of actors and critics: this times the parameters is added to their gradients, as by the weight_decay of PyTorch's Adam.",
  }),
  lr_schedule: choice(['linear', 'constant', 'exponential'], {
    default: 'linear',
    doc: 'Course of both learning rates: linear down to end_factor_lr_decay, constant, or exponential by decay_rate every decay_steps. XuanCe 1.4.4 is linear where its file says nothing.',
  }),
  end_factor_lr_decay: number({
    default: 0.5,
    min: 0,
    max: 1,
    doc: 'The linear schedule ends at this fraction of the initial rate, after floor((running_steps - start_training) / (training_frequency * parallels)) * n_epochs updates.',
  }),
  decay_rate: number({
    default: 0.5,
    above: 0,
    max: 1,
    doc: 'The exponential schedule multiplies the rate by this every decay_steps updates.',
  }),
  decay_steps: integer({
    default: 24997,
    min: 1,
    unit: 'updates',
    defaultText: 'the length of the linear schedule',
    doc: 'Updates after which the exponential schedule has multiplied the rate by decay_rate once.',
  }),
  use_grad_clip: flag({ default: false, doc: 'Clip gradients by their global norm, per optimizer.' }),
  grad_clip_norm: number({
    default: 0.5,
    above: 0,
    doc: 'Largest gradient norm where use_grad_clip is true.',
  }),
  target_update: choice(['soft', 'hard'], {
    default: 'soft',
    doc: 'Target networks follow by tau at every update, or are copied every sync_frequency updates.',
  }),
  tau: number({
    default: 0.001,
    above: 0,
    max: 1,
    doc: 'Soft update: targets become tau * online + (1 - tau) * targets.',
  }),
  sync_frequency: integer({
    default: 100,
    min: 1,
    unit: 'updates',
    doc: 'Hard update: updates between copies. With soft it is kept and unused, as in XuanCe.',
  }),
};

const exploration = {
  start_noise: number({
    default: 1.0,
    min: 0,
    defaultText: '1, or sigma where neither start_noise nor end_noise is given',
    doc: 'Standard deviation of the Gaussian exploration noise at step 0; it goes linearly to end_noise over running_steps.',
  }),
  end_noise: number({
    default: 0.01,
    min: 0,
    defaultText: '0.01, or sigma where neither start_noise nor end_noise is given',
    doc: 'Standard deviation of the exploration noise at the last step.',
  }),
  noise_process: choice(['gaussian', 'ornstein_uhlenbeck'], {
    default: 'gaussian',
    doc: 'Exploration noise from step to step: independent (gaussian), or pulled back to 0 by noise_theta from 0 at the start of an episode (ornstein_uhlenbeck). start_noise, end_noise and sigma scale both.',
  }),
  noise_theta: number({
    default: 0.15,
    above: 0,
    max: 1,
    doc: 'Share of its value that Ornstein-Uhlenbeck noise loses in a step, x <- (1 - noise_theta) x + normal: 1 is Gaussian noise, and at 0.15 its deviation becomes 1.9 times start_noise.',
  }),
  sigma: number({
    default: SIGMA,
    min: 0,
    doc: 'Constant standard deviation of the exploration noise where neither start_noise nor end_noise is given.',
  }),
  uniform_steps: integer({
    default: 0,
    min: 0,
    unit: 'steps',
    doc: 'Steps at the start whose actions are drawn uniformly instead of from the actors.',
  }),
  epsilon_uniform: number({
    default: 0,
    min: 0,
    max: 1,
    doc: "Probability that an agent's action of a step is drawn uniformly instead of from its actor, throughout the training.",
  }),
};

const networks = {
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
  identity_embedding_mode: choice(['one_hot', 'none'], {
    default: 'one_hot',
    doc: 'Whether shared networks are told which agent they act for: by a one-hot id, or not at all.',
  }),
};

const evaluation = {
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

const engine = {
  engine: choice(['auto', 'wasm', 'tensorflow', 'reference'], {
    default: 'auto',
    doc: 'What computes networks and updates. auto is wasm, whose results are exact to the last bit; where @tensorflow/tfjs-node is installed and a hidden layer has 128 units or more, or device is gpu, it is tensorflow. `maddpg doctor` lists them.',
  }),
  device: choice(['cpu', 'gpu'], {
    default: 'cpu',
    doc: "Where the engine computes. XuanCe's cuda and cuda:0 mean gpu.",
  }),
  threads: either<'auto' | number>(
    [choice(['auto'], { default: 'auto', doc: '' }), integer({ default: 1, min: 1, max: 8, doc: '' })],
    {
      default: 'auto',
      expected: 'auto or an integer from 1 to 8',
      example: 2,
      doc: 'Threads that the engine may use. Engines reference and wasm give the same result with any number.',
    },
  ),
};

/** All keys, flat, in the table's order. */
export const KEYS = { ...task, ...run, ...learning, ...exploration, ...networks, ...evaluation, ...engine };

export type KeyName = keyof typeof KEYS;

/** Every key resolved, frozen to the depth; the fields are the names of the YAML file. */
export type Config = {
  readonly [K in KeyName]: (typeof KEYS)[K] extends Key<infer T> ? T : never;
};

/** All names, in the table's order. */
export const KEY_NAMES = Object.keys(KEYS) as readonly KeyName[];

/** The table in its readable parts. */
export const SECTIONS: readonly { readonly title: string; readonly names: readonly KeyName[] }[] = (
  [
    ['Task', task],
    ['Run', run],
    ['Learning', learning],
    ['Exploration', exploration],
    ['Networks', networks],
    ['Evaluation', evaluation],
    ['Engine', engine],
  ] as const
).map(([title, keys]) => ({ title, names: Object.keys(keys) as KeyName[] }));

/** One entry of the table, whatever its type. */
export function keyOf(name: KeyName): Key<unknown> {
  return KEYS[name];
}

/** Whether a name is in the table. */
export function isKeyName(name: string): name is KeyName {
  return Object.hasOwn(KEYS, name);
}
