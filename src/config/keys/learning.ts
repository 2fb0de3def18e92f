/** Keys: when updates happen, what they sample and what they minimize. */
import { leastCommonMultiple } from '../../core/math.ts';
import { choice, flag, integer, number } from '../key-types.ts';
import { EPISODES, PARALLELS } from './shared.ts';

const TRAINING_FREQUENCY = 25;

export const learning = {
  start_training: integer({ default: 1000, min: 0, unit: 'steps', doc: 'No updates before this step.' }),
  training_frequency: integer({
    default: TRAINING_FREQUENCY,
    min: 1,
    unit: 'steps',
    doc:
      'Updates run when the step count is a multiple of this. The count grows by parallels, so they run at common ' +
      `multiples of both: with the defaults, ${PARALLELS} and ${TRAINING_FREQUENCY}, ` +
      `every ${leastCommonMultiple(PARALLELS, TRAINING_FREQUENCY)} steps. With use_rnn it has no effect: they run whenever parallels more episodes have ended.`,
  }),
  train_per_step: flag({
    default: true,
    doc: 'Unit of training_frequency. true: steps; false: rounds of episodes (one per environment), as in XuanCe before 1.2.',
  }),
  n_epochs: integer({ default: 1, min: 1, unit: 'updates', doc: 'Updates each time they are due.' }),
  buffer_size: integer({
    default: 100000,
    min: 1,
    max: 1_000_000_000,
    unit: 'steps',
    defaultText: `100000, or ${EPISODES.buffer_size} with use_rnn`,
    doc: 'Replay buffer capacity over all environments, a multiple of parallels; with use_rnn, in episodes.',
  }),
  replay: choice(['uniform', 'prioritized'], {
    default: 'uniform',
    doc: 'Replay sampling: uniform, or prioritised by TD error (Schaul et al. 2016).',
  }),
  priority_alpha: number({
    default: 0.6,
    min: 0,
    max: 1,
    doc: 'Prioritised replay: exponent of the TD errors; 0: uniform.',
  }),
  priority_beta: number({
    default: 0.4,
    min: 0,
    max: 1,
    doc: 'Prioritised replay: exponent of the importance weights at step 0, annealed linearly to 1 over running_steps.',
  }),
  batch_size: integer({
    default: 256,
    min: 1,
    max: 10_000_000,
    unit: 'samples',
    defaultText: `256, or ${EPISODES.batch_size} with use_rnn`,
    doc: 'Joint transitions per update; with use_rnn, episodes, or sequences if there is a sequence_length.',
  }),
  gamma: number({
    default: 0.99,
    min: 0,
    max: 1,
    doc: "Discount factor. XuanCe's MPE files use 0.95.",
  }),
  n_step: integer({
    default: 1,
    min: 1,
    max: 1_000_000,
    unit: 'steps',
    doc: 'Rewards summed before bootstrapping (n-step returns), fewer at the end of an episode. 1: the published update.',
  }),
  critic_reward: choice(['agent', 'team'], {
    default: 'agent',
    doc: "Reward that critics learn from: the agent's own, or the mean of its team.",
  }),
  augmentation: choice(['none', 'symmetries'], {
    default: 'none',
    doc: 'Data augmentation. symmetries: applies a random exact symmetry of the task (swapping agents or landmarks, rotation, reflection) to each sample, where the environment declares any.',
  }),
  ensemble_size: integer({
    default: 1,
    min: 1,
    max: 255,
    unit: 'policies',
    doc: 'Sub-policies per parameter group (policy ensembles, Lowe et al. 2017). A random one plays each episode; they take turns learning, each from its own episodes.',
  }),
  update_order: choice(['critic_first', 'actor_first'], {
    default: 'critic_first',
    doc: 'Order within an update of MADDPG: critic_first (XuanCe 1.4.4) or actor_first (as XuanCe documents). IDDPG and dl_toolbox mindspore always start with the actor, all others with the critic.',
  }),
  dl_toolbox: choice(['torch', 'mindspore'], {
    default: 'torch',
    doc: "XuanCe's variant of the update. mindspore: actor first, no gradient clipping, Adam's epsilon before the bias correction, no predictQ; and as defaults lr_schedule exponential, negative_slope 0.2, activation_action tanh.",
  }),
  actor_update_delay: integer({
    default: 2,
    min: 1,
    unit: 'updates',
    doc: 'MATD3: critic updates per update of actors and targets.',
  }),
  gumbel: choice(['soft', 'straight_through'], {
    default: 'soft',
    doc: "Discrete actions: what critics see. soft: relaxed Gumbel-softmax samples, also in replay and targets (the paper's code). straight_through: one-hot samples with the relaxed gradient, and the argmax in targets.",
  }),
  gumbel_temperature: number({
    default: 1,
    above: 0,
    doc: 'Discrete actions: Gumbel-softmax temperature. Samples become one-hot towards 0.',
  }),
  logit_regularization: number({
    default: 0.001,
    min: 0,
    doc: 'Discrete actions: weight of the mean squared logit in the actor loss, against early saturation.',
  }),
  action_regularization: number({
    default: 0,
    min: 0,
    doc: "Box actions: weight of the mean squared actor output before activation_action in the actor loss, against saturation. XuanCe: 0, Lowe et al.'s program: 0.001.",
  }),
  target_noise: number({
    default: 0,
    min: 0,
    doc: 'MATD3: standard deviation of the target policy smoothing noise. XuanCe: 0, the paper: 0.2.',
  }),
  target_noise_clip: number({
    default: 0.5,
    above: 0,
    doc: 'MATD3: target_noise is clipped to plus or minus this.',
  }),
  use_automatic_entropy_tuning: flag({
    default: true,
    doc: 'ISAC and MASAC: learn a temperature per parameter group, starting at 1. false: use alpha.',
  }),
  alpha: number({
    default: 0.01,
    min: 0,
    doc: 'ISAC and MASAC: the temperature with use_automatic_entropy_tuning false.',
  }),
  infer_policies: flag({
    default: false,
    doc: 'MADDPG and MATD3: each parameter group learns approximate policies of the others from replayed actions and uses them in its targets (Lowe et al. 2017, section 4.2). Needs several groups.',
  }),
  infer_entropy: number({
    default: 0.001,
    min: 0,
    doc: 'With infer_policies: entropy weight in the loss of the approximate policies.',
  }),
  learning_rate_actor: number({
    default: 0.01,
    above: 0,
    doc: 'Initial learning rate of actors and approximate policies, and constant rate of ISAC and MASAC temperatures.',
  }),
  learning_rate_critic: number({
    default: 0.001,
    above: 0,
    doc: 'Initial learning rate of critics.',
  }),
  optimizer_eps: number({
    default: 1e-5,
    above: 0,
    doc: "Adam's epsilon. XuanCe hard-codes 1e-5. Temperatures of ISAC and MASAC always use 1e-8, as in XuanCe.",
  }),
  lr_schedule: choice(['linear', 'constant', 'exponential'], {
    default: 'linear',
    doc: 'Learning rate schedule: linear to end_factor_lr_decay (XuanCe with PyTorch), constant, or exponential by decay_rate per decay_steps.',
  }),
  end_factor_lr_decay: number({
    default: 0.5,
    min: 0,
    max: 1,
    doc: 'Linear schedule: final fraction of the initial rate, after floor((running_steps - start_training) / (training_frequency * parallels)) * n_epochs updates; with use_rnn, episode_length stands for training_frequency.',
  }),
  decay_rate: number({
    default: 0.5,
    above: 0,
    max: 1,
    doc: 'Exponential schedule: factor on the rate per decay_steps updates.',
  }),
  decay_steps: integer({
    default: 24997,
    min: 1,
    unit: 'updates',
    defaultText: 'the length of the linear schedule',
    doc: 'Exponential schedule: updates over which the rate is multiplied by decay_rate once.',
  }),
  use_grad_clip: flag({ default: false, doc: 'Gradient clipping by global norm, per optimizer.' }),
  grad_clip_norm: number({
    default: 0.5,
    above: 0,
    doc: 'Largest gradient norm with use_grad_clip.',
  }),
  target_update: choice(['soft', 'hard'], {
    default: 'soft',
    doc: 'Target networks: soft update by tau at every update, or hard copies every sync_frequency updates.',
  }),
  tau: number({
    default: 0.001,
    above: 0,
    max: 1,
    doc: 'Soft update: target <- tau * online + (1 - tau) * target.',
  }),
  sync_frequency: integer({
    default: 100,
    min: 1,
    unit: 'updates',
    doc: 'Hard update: updates between copies.',
  }),
};
