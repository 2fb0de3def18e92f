/** The resolved configuration. Generated from the table in keys/ by `npm run generate`; do not edit. */

/** Every key, resolved and deeply frozen; the names are those of the YAML file. */
export interface Config {
  // ---- Task ----
  /**
   * Learning algorithm, or one per team. A team is all agents whose names differ only in the number at the end.
   * Default: `MADDPG`.
   */
  readonly agent:
    | 'MADDPG'
    | 'MATD3'
    | 'IDDPG'
    | 'ISAC'
    | 'MASAC'
    | Readonly<Record<string, 'MADDPG' | 'MATD3' | 'IDDPG' | 'ISAC' | 'MASAC'>>;
  /**
   * Environment family: particle environments (mpe), your own module (custom), or PettingZoo in Python
   * (pettingzoo). See docs/custom-environments.md for the last two. Default: `mpe`.
   */
  readonly env_name: 'mpe' | 'custom' | 'pettingzoo';
  /**
   * Environment. mpe: a name from `maddpg envs`. custom: a module, either a path relative to the configuration
   * file (./my-env.mjs) or a package. pettingzoo: a Python module with parallel_env, such as
   * mpe2.simple_spread_v3. Default: `simple_spread_v3`.
   */
  readonly env_id: string;
  /**
   * Environment options, such as N (number of agents) or max_cycles (episode length). `maddpg envs ID` lists them.
   * Default: `{}`.
   */
  readonly env_options: Readonly<Record<string, unknown>>;
  /** Continuous (Box) actions; false: discrete. For mpe only, other environments have their own. Default: `true`. */
  readonly continuous_action: boolean;
  /** Python interpreter for env_name pettingzoo, a name or a path. Default: `python3`. */
  readonly python: string;
  /**
   * Time limit for Python to load the environment, and for each step of all environments. Default: `60`. Unit:
   * seconds.
   */
  readonly python_timeout: number;

  // ---- Run ----
  /**
   * Name of the run and its folder in model_dir. null: built from agent, env_id and seed. A taken name gets -2,
   * -3, ... appended; --name must be new. Default: `null`.
   */
  readonly name: string | null;
  /** Seed of initial weights, exploration and replay sampling. Default: `1`. */
  readonly seed: number;
  /** Seed of the first training environment; the others count up from it. Default: `1`. */
  readonly env_seed: number;
  /**
   * Environments stepped together. A step is one step of one environment: each vector step counts parallels steps.
   * Default: `16`. Unit: environments.
   */
  readonly parallels: number;
  /** Length of training, over all environments. Default: `10000000`. Unit: steps. */
  readonly running_steps: number;
  /**
   * End the run at the first evaluation whose mean return (with best_team, its score) reaches this; null: never.
   * Default: `null`.
   */
  readonly stop_at_return: number | null;
  /**
   * End the run after this much training time, summed over all resumes; null sets no limit. Default: `null`. Unit:
   * seconds.
   */
  readonly max_wall_s: number | null;
  /**
   * Run or checkpoint whose networks a new run starts with, to fine-tune them: optimizers, replay buffer,
   * schedules and budget start anew. null: random weights. Default: `null`.
   */
  readonly init_from: string | null;
  /** Folder for run directories. Default: `runs`. */
  readonly model_dir: string;
  /** Steps between metric records. Default: `5000`. Unit: steps. */
  readonly log_interval: number;
  /**
   * Names of scalars in TensorBoard. cleanrl: charts/episodic_return, losses/qf_loss, ... (docs/metrics.md);
   * metrics.jsonl and metrics.csv keep the names of maddpg. Default: `maddpg`.
   */
  readonly metric_names: 'maddpg' | 'cleanrl';
  /** Steps between checkpoints. Default: `500000`. Unit: steps. */
  readonly save_interval: number;
  /** Newest checkpoints to keep besides the best one; 0: all. Default: `3`. Unit: checkpoints. */
  readonly keep_checkpoints: number;
  /**
   * Newest checkpoints that keep the replay buffer, most of their size and needed to resume; 0: all. Default: `2`.
   * Unit: checkpoints.
   */
  readonly keep_replay: number;
  /**
   * Whether a finished run keeps its replay buffers. unfinished: it drops them and shrinks to a fraction of its
   * size; it can be evaluated and used for init_from, but not resumed with more steps. Default: `always`.
   */
  readonly save_replay: 'always' | 'unfinished';

  // ---- Learning ----
  /** No updates before this step. Default: `1000`. Unit: steps. */
  readonly start_training: number;
  /**
   * Updates run when the step count is a multiple of this. The count grows by parallels, so they run at common
   * multiples of both: with the defaults, 16 and 25, every 400 steps. With use_rnn it has no effect: they run
   * whenever parallels more episodes have ended. Default: `25`. Unit: steps.
   */
  readonly training_frequency: number;
  /**
   * Unit of training_frequency. true: steps; false: rounds of episodes (one per environment), as in XuanCe before
   * 1.2. Default: `true`.
   */
  readonly train_per_step: boolean;
  /** Updates each time they are due. Default: `1`. Unit: updates. XuanCe's older name: n_epoch. */
  readonly n_epochs: number;
  /**
   * Replay buffer capacity over all environments, a multiple of parallels; with use_rnn, in episodes. Default:
   * 100000, or 5000 with use_rnn. Unit: steps.
   */
  readonly buffer_size: number;
  /** Replay sampling: uniform, or prioritised by TD error (Schaul et al. 2016). Default: `uniform`. */
  readonly replay: 'uniform' | 'prioritized';
  /** Prioritised replay: exponent of the TD errors; 0: uniform. Default: `0.6`. */
  readonly priority_alpha: number;
  /**
   * Prioritised replay: exponent of the importance weights at step 0, annealed linearly to 1 over running_steps.
   * Default: `0.4`.
   */
  readonly priority_beta: number;
  /**
   * Joint transitions per update; with use_rnn, episodes, or sequences if there is a sequence_length. Default:
   * 256, or 32 with use_rnn. Unit: samples.
   */
  readonly batch_size: number;
  /** Discount factor. XuanCe's MPE files use 0.95. Default: `0.99`. */
  readonly gamma: number;
  /**
   * Rewards summed before bootstrapping (n-step returns), fewer at the end of an episode. 1: the published update.
   * Default: `1`. Unit: steps.
   */
  readonly n_step: number;
  /** Reward that critics learn from: the agent's own, or the mean of its team. Default: `agent`. */
  readonly critic_reward: 'agent' | 'team';
  /**
   * Data augmentation. symmetries: applies a random exact symmetry of the task (swapping agents or landmarks,
   * rotation, reflection) to each sample, where the environment declares any. Default: `none`.
   */
  readonly augmentation: 'none' | 'symmetries';
  /**
   * Sub-policies per parameter group (policy ensembles, Lowe et al. 2017). A random one plays each episode; they
   * take turns learning, each from its own episodes. Default: `1`. Unit: policies.
   */
  readonly ensemble_size: number;
  /**
   * Order within an update of MADDPG: critic_first (XuanCe 1.4.4) or actor_first (as XuanCe documents). IDDPG and
   * dl_toolbox mindspore always start with the actor, all others with the critic. Default: `critic_first`.
   */
  readonly update_order: 'critic_first' | 'actor_first';
  /**
   * XuanCe's variant of the update. mindspore: actor first, no gradient clipping, Adam's epsilon before the bias
   * correction, no predictQ; and as defaults lr_schedule exponential, negative_slope 0.2, activation_action tanh.
   * Default: `torch`.
   */
  readonly dl_toolbox: 'torch' | 'mindspore';
  /** MATD3: critic updates per update of actors and targets. Default: `2`. Unit: updates. */
  readonly actor_update_delay: number;
  /**
   * Discrete actions: what critics see. soft: relaxed Gumbel-softmax samples, also in replay and targets (the
   * paper's code). straight_through: one-hot samples with the relaxed gradient, and the argmax in targets.
   * Default: `soft`.
   */
  readonly gumbel: 'soft' | 'straight_through';
  /** Discrete actions: Gumbel-softmax temperature. Samples become one-hot towards 0. Default: `1`. */
  readonly gumbel_temperature: number;
  /**
   * Discrete actions: weight of the mean squared logit in the actor loss, against early saturation. Default:
   * `0.001`.
   */
  readonly logit_regularization: number;
  /**
   * Box actions: weight of the mean squared actor output before activation_action in the actor loss, against
   * saturation. XuanCe: 0, Lowe et al.'s program: 0.001. Default: `0`.
   */
  readonly action_regularization: number;
  /** MATD3: standard deviation of the target policy smoothing noise. XuanCe: 0, the paper: 0.2. Default: `0`. */
  readonly target_noise: number;
  /** MATD3: target_noise is clipped to plus or minus this. Default: `0.5`. */
  readonly target_noise_clip: number;
  /** ISAC and MASAC: learn a temperature per parameter group, starting at 1. false: use alpha. Default: `true`. */
  readonly use_automatic_entropy_tuning: boolean;
  /** ISAC and MASAC: the temperature with use_automatic_entropy_tuning false. Default: `0.01`. */
  readonly alpha: number;
  /**
   * MADDPG and MATD3: each parameter group learns approximate policies of the others from replayed actions and
   * uses them in its targets (Lowe et al. 2017, section 4.2). Needs several groups. Default: `false`.
   */
  readonly infer_policies: boolean;
  /** With infer_policies: entropy weight in the loss of the approximate policies. Default: `0.001`. */
  readonly infer_entropy: number;
  /**
   * Initial learning rate of actors and approximate policies, and constant rate of ISAC and MASAC temperatures.
   * Default: `0.01`. XuanCe's older name: lr_a.
   */
  readonly learning_rate_actor: number;
  /** Initial learning rate of critics. Default: `0.001`. XuanCe's older name: lr_c. */
  readonly learning_rate_critic: number;
  /**
   * Adam's epsilon. XuanCe hard-codes 1e-5. Temperatures of ISAC and MASAC always use 1e-8, as in XuanCe. Default:
   * `0.00001`.
   */
  readonly optimizer_eps: number;
  /**
   * Learning rate schedule: linear to end_factor_lr_decay (XuanCe with PyTorch), constant, or exponential by
   * decay_rate per decay_steps. Default: `linear`.
   */
  readonly lr_schedule: 'linear' | 'constant' | 'exponential';
  /**
   * Linear schedule: final fraction of the initial rate, after floor((running_steps - start_training) /
   * (training_frequency * parallels)) * n_epochs updates; with use_rnn, episode_length stands for
   * training_frequency. Default: `0.5`.
   */
  readonly end_factor_lr_decay: number;
  /** Exponential schedule: factor on the rate per decay_steps updates. Default: `0.5`. */
  readonly decay_rate: number;
  /**
   * Exponential schedule: updates over which the rate is multiplied by decay_rate once. Default: the length of the
   * linear schedule. Unit: updates.
   */
  readonly decay_steps: number;
  /** Gradient clipping by global norm, per optimizer. Default: `false`. */
  readonly use_grad_clip: boolean;
  /** Largest gradient norm with use_grad_clip. Default: `0.5`. */
  readonly grad_clip_norm: number;
  /**
   * Target networks: soft update by tau at every update, or hard copies every sync_frequency updates. Default:
   * `soft`.
   */
  readonly target_update: 'soft' | 'hard';
  /** Soft update: target <- tau * online + (1 - tau) * target. Default: `0.001`. */
  readonly tau: number;
  /** Hard update: updates between copies. Default: `100`. Unit: updates. */
  readonly sync_frequency: number;

  // ---- Exploration ----
  /**
   * Standard deviation of the exploration noise at step 0, annealed linearly to end_noise over running_steps.
   * Default: 1, or sigma if end_noise is not given either.
   */
  readonly start_noise: number;
  /**
   * Standard deviation of the exploration noise at the last step. Default: 0.01, or sigma if start_noise is not
   * given either.
   */
  readonly end_noise: number;
  /**
   * Constant standard deviation of the exploration noise if neither start_noise nor end_noise is given. Default:
   * `0.1`.
   */
  readonly sigma: number;
  /** Initial steps with uniformly random actions. Default: `0`. Unit: steps. */
  readonly uniform_steps: number;

  // ---- Networks ----
  /**
   * Normalize observations by their running mean and standard deviation, per column, then clip them to
   * obsnorm_range. Agents that share networks share both; checkpoints store them for evaluation. Default: `false`.
   */
  readonly use_obsnorm: boolean;
  /** With use_obsnorm: observations are clipped to plus or minus this. Default: `5`. */
  readonly obsnorm_range: number;
  /**
   * Units of the actors' hidden layers, input to output; with use_rnn, of those behind the recurrent layers.
   * Default: `[64, 64]`.
   */
  readonly actor_hidden_size: readonly number[];
  /**
   * Units of the critics' hidden layers, input to output; with use_rnn, of those behind the recurrent layers.
   * Default: `[64, 64]`.
   */
  readonly critic_hidden_size: readonly number[];
  /** Activation of hidden layers. Default: `leaky_relu`. */
  readonly activation: 'leaky_relu' | 'relu' | 'tanh' | 'elu' | 'sigmoid';
  /** Slope of leaky_relu below zero. PyTorch has 0.01, MindSpore 0.2. Default: `0.01`. */
  readonly negative_slope: number;
  /**
   * Normalisation of hidden layers, after the activation: none, or LayerNorm with learned gain and shift. Default:
   * `none`.
   */
  readonly normalize: 'none' | 'LayerNorm';
  /**
   * Dropout probability of hidden units, only in updates of online networks; with use_rnn, between recurrent
   * layers. XuanCe also applies it in acting and targets. Default: `0`.
   */
  readonly dropout: number;
  /**
   * Output activation of actors with Box actions; none: linear. Discrete actions have linear logits. Default:
   * `sigmoid`.
   */
  readonly activation_action: 'sigmoid' | 'tanh' | 'none';
  /** Gain of the orthogonal initial weights; biases start at 0. Default: `1`. */
  readonly gain: number;
  /**
   * Which agents share networks: all (true), none (false), each team (teams), or each list of agent names.
   * Default: `true`.
   */
  readonly use_parameter_sharing: boolean | 'teams' | readonly (readonly string[])[];
  /**
   * Whose observations and actions joint critics see (MADDPG, MATD3, MASAC): everyone's, or only their team's.
   * Default: `all`.
   */
  readonly critic_scope: 'all' | 'team';
  /**
   * Joint critics see the state: in particle environments, all observations, including velocities that
   * hide_velocity hides from actors. Default: `false`.
   */
  readonly use_global_state: boolean;
  /** How shared networks tell agents apart: by a one-hot id, or not at all. Default: `one_hot`. */
  readonly identity_embedding_mode: 'one_hot' | 'none';

  // ---- Recurrence ----
  /**
   * Recurrent actors and critics, trained on episodes or sequences (docs/algorithms.md). XuanCe's files also set
   * representation Basic_RNN. Default: `false`.
   */
  readonly use_rnn: boolean;
  /** Cell of the recurrent layers. Default: `GRU`. */
  readonly rnn: 'GRU' | 'LSTM';
  /** Units of the dense layers in front of the recurrent ones, input to output. Default: `[64]`. */
  readonly fc_hidden_sizes: readonly number[];
  /** Width of each recurrent layer. Default: `64`. Unit: units. */
  readonly recurrent_hidden_size: number;
  /** Number of stacked recurrent layers. Default: `1`. Unit: layers. XuanCe's older name: recurrent_layer_N. */
  readonly N_recurrent_layers: number;
  /**
   * Whether critics are recurrent too, as XuanCe's are. Joint critics that see the whole state need no memory.
   * Default: `true`.
   */
  readonly recurrent_critics: boolean;
  /**
   * Longest episode that replay and updates have room for. A longer one stops the run with an error. Default: 25,
   * or env_options.max_cycles of particle environments. Unit: steps.
   */
  readonly episode_length: number;
  /**
   * Updates sample sequences of this many steps in place of whole episodes (R2D2, Kapturowski et al. 2019). At
   * most episode_length. Default: null: whole episodes. Unit: steps.
   */
  readonly sequence_length: number | null;
  /**
   * Initial recurrent states of sampled sequences, before burn_in: those of the policy that acted, as stored, or
   * zeros. Default: `stored`.
   */
  readonly sequence_start: 'stored' | 'zeros';
  /**
   * Steps before each sequence that only advance its states, without learning. At most sequence_length. Default:
   * `0`. Unit: steps.
   */
  readonly burn_in: number;

  // ---- Evaluation ----
  /** Steps between evaluations. Default: `100000`. Unit: steps. */
  readonly eval_interval: number;
  /** Episodes per evaluation. Default: `5`. Unit: episodes. */
  readonly test_episode: number;
  /** Seed of the evaluation environment. `maddpg eval` has its own, 0 by default. Default: `10000`. */
  readonly test_seed: number;
  /** Actors that play evaluations: the online ones or their target copies. Default: `online`. */
  readonly eval_policy: 'online' | 'target';
  /**
   * Scenarios with opponents: the team whose side selects the best checkpoint and is compared with stop_at_return,
   * by its mean return against opponents or, without any, against the agents it trains with. null: the mean over
   * all agents of all sides. Default: `null`.
   */
  readonly best_team: string | null;
  /**
   * Frozen opponents. Each evaluation also plays the side of best_team against each of them for test_episode
   * episodes. Default: `[]`.
   */
  readonly opponents: readonly string[];

  // ---- Engine ----
  /**
   * Compute backend. auto: wasm, which is exact to the last bit, or tensorflow if device is gpu, whatever is
   * installed. `maddpg train` says when tensorflow would be faster; `maddpg doctor` lists what is available.
   * Default: `auto`.
   */
  readonly engine: 'auto' | 'wasm' | 'tensorflow' | 'reference';
  /** Where the engine computes. XuanCe's cuda, cuda:0, GPU and 0 mean gpu. Default: `cpu`. */
  readonly device: 'cpu' | 'gpu';
  /**
   * How wasm and reference round sums of products in networks. fused: product and sum together, which is faster
   * and more exact. plain: one after the other; runs from before this key resume with plain. Both give the same
   * bits everywhere. Default: `fused`.
   */
  readonly arithmetic: 'fused' | 'plain';
  /**
   * Threads of the engine. auto: one per core, at most four; wasm uses only one where that is faster. wasm and
   * reference give the same results with any number. Default: `auto`.
   */
  readonly threads: 'auto' | number;
}
