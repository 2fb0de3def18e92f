/** Keys of the configuration. Updates: when they happen, what a sample is, and what is minimised. The table is put together in ../keys.ts. */
import { choice, flag, integer, number } from '../key-types.ts';
import { leastCommonMultiple } from '../../core/math.ts';
import { PARALLELS } from './shared.ts';

const TRAINING_FREQUENCY = 25;

export const learning = {
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
    doc: 'What training_frequency counts: true, steps; false, rounds of episodes (a round is over when every environment has ended an episode), as in the generation of XuanCe with lr_a and lr_c.',
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
    doc: "MADDPG's order within an update: critic_first as XuanCe 1.4.4, actor_first as its documented generation. IDDPG and dl_toolbox mindspore always move the actor first, the other algorithms the critics.",
  }),
  dl_toolbox: choice(['torch', 'mindspore'], {
    default: 'torch',
    doc: "Which of XuanCe's variants of the update is followed. mindspore moves the actor first, never clips, adds Adam's epsilon before the bias correction and reports no predictQ.",
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
    doc: 'Initial learning rate of the actors, and of the approximate policies of infer_policies; the temperatures of ISAC and MASAC learn at this rate throughout. Older files of XuanCe call it lr_a.',
  }),
  learning_rate_critic: number({
    default: 0.001,
    above: 0,
    doc: 'Initial learning rate of the critics. Older files of XuanCe call it lr_c.',
  }),
  optimizer_eps: number({
    default: 1e-5,
    above: 0,
    doc: "Adam's epsilon. XuanCe fixes it in code at this value, not at the usual 1e-8, which the temperatures of ISAC and MASAC keep.",
  }),
  weight_decay: number({
    default: 0,
    min: 0,
    doc: "L2 regularisation of actors, critics and the approximate policies of infer_policies: this times the parameters is added to their gradients, as by the weight_decay of PyTorch's Adam.",
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
