/** Builds the parts of a run from its config. */
import type { Config } from '../config/keys.ts';
import { schedulerUpdates } from '../config/derived.ts';
import { teamsOf, type JointSpec } from '../core/joint-spec.ts';
import { FastStream } from '../core/random.ts';
import { UserError } from '../core/user-error.ts';
import type { Engine } from '../engine/engine.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import { designOf, type Algorithm } from '../learners/algorithm.ts';
import { Learner, type ByOptimizer } from '../learners/learner.ts';
import { optimizersOf, type Optimized } from '../learners/optimizers.ts';
import { ALGORITHMS, type AlgorithmTable } from '../learners/registry.ts';
import { Adam } from '../optim/adam.ts';
import { Scheduler, type Schedule } from '../optim/schedulers.ts';
import type { PolicyDesign } from '../policy/design.ts';
import { requireEquallyHidden } from '../policy/hidden-columns.ts';
import { parameterGroups, type ParameterGroup } from '../policy/groups.ts';
import { PolicyLayout } from '../policy/layout.ts';
import { ObservationNorm } from '../policy/observation-norm.ts';
import type { NetworkOptions, RecurrentOptions } from '../policy/network-specs.ts';
import { Policy } from '../policy/policy.ts';
import { Augmentation } from '../replay/augmentation.ts';
import { EpisodeReplay } from '../replay/episode-replay.ts';
import type { SequenceOptions } from '../replay/episode-rows.ts';
import { PrioritizedReplay } from '../replay/prioritized-replay.ts';
import { ReplayBuffer } from '../replay/replay-buffer.ts';
import type { RolloutOptions } from '../rollout/rollout.ts';

/** An empty replay: of transitions or, for recurrent policies, of episodes. */
export function buildReplay(config: Config, policy: Policy): ReplayBuffer | EpisodeReplay {
  const { spec, ensemble } = policy;
  if (config.use_rnn)
    return new EpisodeReplay(spec, {
      capacity: config.buffer_size,
      parallels: config.parallels,
      steps: config.episode_length,
      rewards: config.critic_reward,
      sequences: sequencesOf(config, policy),
    });
  const options = {
    capacity: config.buffer_size,
    parallels: config.parallels,
    nStep: { steps: config.n_step, gamma: config.gamma },
    rewards: config.critic_reward,
    ensemble,
  };
  return config.replay === 'prioritized'
    ? new PrioritizedReplay(spec, options, { alpha: config.priority_alpha, beta: config.priority_beta })
    : new ReplayBuffer(spec, options);
}

/** The sequences that recurrent policies learn from, and the states to store; undefined if these are whole episodes. */
export function sequencesOf(
  { sequence_length, sequence_start, burn_in }: Config,
  policy: Policy,
): SequenceOptions | undefined {
  if (sequence_length === null) return undefined;
  if (sequence_start === 'zeros') return { length: sequence_length, burnIn: burn_in, states: [] };
  const states = policy.states(0).all.map(({ name, rows, width }) => ({ name, size: rows * width }));
  return { length: sequence_length, burnIn: burn_in, states };
}

/** The augmentation, if configured. Throws UserError if the environment declares no symmetries. */
export function buildAugmentation(config: Config, env: VectorEnv): Augmentation | undefined {
  if (config.augmentation === 'none') return undefined;
  const group = env.symmetries?.();
  if (group === undefined)
    throw new UserError(
      `augmentation: expected none (${env.name} declares no symmetries), got "${config.augmentation}"`,
    );
  return new Augmentation(env.spec, group);
}

/** The layout of a policy's networks. */
export function layoutOf(config: Config, spec: JointSpec, table: AlgorithmTable = ALGORITHMS): PolicyLayout {
  const designs = designsOf(config, spec, table);
  return new PolicyLayout(designs, spec, groupsOf(config, spec), networkOptions(config));
}

/** The keys of networks, as a policy takes them. */
function networkOptions(config: Config): NetworkOptions {
  if (!config.use_rnn) return config;
  const { rnn, fc_hidden_sizes, N_recurrent_layers, recurrent_hidden_size } = config;
  const recurrent: RecurrentOptions = {
    ...{ cell: rnn, fc: fc_hidden_sizes },
    ...{ layers: N_recurrent_layers, width: recurrent_hidden_size },
    critics: config.recurrent_critics ? 'recurrent' : 'feed_forward',
  };
  return { ...config, recurrent };
}

function designsOf(
  config: Config,
  spec: JointSpec,
  table: AlgorithmTable,
): (group: ParameterGroup) => PolicyDesign {
  const algorithmOf = algorithmOfGroup(config, spec, table);
  return (group) => designOf(algorithmOf(group), config);
}

/** The policy, with initial weights drawn from the config's seed. */
export function buildPolicy(
  config: Config,
  spec: JointSpec,
  engine: Engine,
  table: AlgorithmTable = ALGORITHMS,
): Policy {
  const policy = emptyPolicy(config, spec, engine, table);
  policy.initialize(new FastStream(config.seed, 'initial weights'));
  return policy;
}

/** The policy, with weights of zero. */
export function emptyPolicy(
  config: Config,
  spec: JointSpec,
  engine: Engine,
  table: AlgorithmTable = ALGORITHMS,
): Policy {
  const groups = groupsOf(config, spec);
  const observations = config.use_obsnorm
    ? new ObservationNorm(spec, groups, config.obsnorm_range)
    : undefined;
  const designs = designsOf(config, spec, table);
  return new Policy(engine, designs, spec, groups, networkOptions(config), observations);
}

/** How actors explore. */
export function rolloutOptions(config: Config): RolloutOptions {
  return {
    noise: { start: config.start_noise, end: config.end_noise, steps: config.running_steps },
    uniformSteps: config.uniform_steps,
    seed: config.seed,
  };
}

/**
 * The parameter groups. Throws UserError if infer_policies has nothing to infer, or agents of a group have different columns
 * hidden.
 */
export function groupsOf(config: Config, spec: JointSpec): ParameterGroup[] {
  const { use_parameter_sharing, identity_embedding_mode, critic_scope } = config;
  const groups = parameterGroups(spec, use_parameter_sharing, identity_embedding_mode, critic_scope);
  requireEquallyHidden(spec, groups);
  const [first, ...others] = groups;
  if (config.infer_policies && others.length === 0)
    throw new UserError(
      `infer_policies: expected false if one group has all agents (${first!.agents.map((i) => spec.agents[i]!.name).join(', ')}), ` +
        `got true; ${spec.agents.length > 1 ? 'set use_parameter_sharing to false' : 'a single agent has no others to infer'}`,
    );
  const blind = groups.every(({ agents, criticAgents }) => criticAgents?.length === agents.length);
  if (config.infer_policies && blind)
    throw new UserError(
      'infer_policies: expected false if no critic sees another group (critic_scope team), got true; ' +
        'set critic_scope to all or use_parameter_sharing to false',
    );
  return groups;
}

/** The learner, with its optimizers and schedulers. */
export function buildLearner(config: Config, policy: Policy, table: AlgorithmTable = ALGORITHMS): Learner {
  const algorithmOf = algorithmOfGroup(config, policy.spec, table);
  return new Learner(algorithmOf, { config, policy, ...buildOptimizers(config, policy) });
}

/** Optimizers and schedulers by optimizer name. */
export function buildOptimizers(
  config: Config,
  policy: Policy,
): { optimizer: ByOptimizer<Adam>; scheduler: ByOptimizer<Scheduler> } {
  const optimizers = optimizersOf(policy);
  // Sub-policies of a group share one schedule, which advances with the group's updates.
  const schedulers = new Map<string, Scheduler>();
  const scheduler = optimizers.map(({ name, network, group }): [string, Scheduler] => {
    const key = `${network}/${group.name}`;
    const shared = schedulers.get(key) ?? schedulerOf(config, network);
    schedulers.set(key, shared);
    return [name, shared];
  });
  return {
    optimizer: new Map(optimizers.map(({ name, network }) => [name, adamOf(config, network)])),
    scheduler: new Map(scheduler),
  };
}

/** Algorithm by team. Throws UserError if `agent` misses a team or names an unknown one. */
export function algorithmOfTeam(
  { agent }: Config,
  spec: JointSpec,
  table: AlgorithmTable,
): (team: string) => Algorithm {
  if (typeof agent === 'string') return () => table[agent]!;
  const teams = teamsOf(spec.agents);
  if (Object.keys(agent).sort().join() !== teams.toSorted().join())
    throw new UserError(
      `agent: expected an algorithm for each of the teams ${teams.join(', ')}, got ${JSON.stringify(agent)}`,
    );
  return (team) => table[agent[team]!]!;
}

/** Algorithm by group. The returned function throws UserError if the teams of a group have different ones. */
export function algorithmOfGroup(
  config: Config,
  spec: JointSpec,
  table: AlgorithmTable,
): (group: ParameterGroup) => Algorithm {
  const { agent } = config;
  const algorithmOf = algorithmOfTeam(config, spec, table);
  const nameOf = (team: string): string => (typeof agent === 'string' ? agent : agent[team]!);
  return ({ agents }) => {
    const names = [...new Set(agents.map((i) => nameOf(spec.agents[i]!.team)))];
    if (names.length > 1)
      throw new UserError(
        `use_parameter_sharing: expected one algorithm per group, got ` +
          `${agents.map((i) => spec.agents[i]!.name).join(', ')} with ${names.join(' and ')}; set it to teams or false`,
      );
    return algorithmOf(spec.agents[agents[0]!]!.team);
  };
}

/** As in XuanCe, temperatures use PyTorch's default epsilon and the actors' initial rate, without decay. */
export function adamOf(config: Config, network: Optimized): Adam {
  return new Adam({
    learningRate: rateOf(config, network),
    epsilon: network === 'alpha' ? 1e-8 : config.optimizer_eps,
    form: config.dl_toolbox === 'mindspore' ? 'epsilon_hat' : 'torch',
  });
}

/** Initial learning rate. */
export function rateOf(config: Config, network: Optimized): number {
  return network === 'critic' ? config.learning_rate_critic : config.learning_rate_actor;
}

function schedulerOf(config: Config, network: Optimized): Scheduler {
  const rate = rateOf(config, network);
  return network === 'alpha' ? new Scheduler(rate) : new Scheduler(rate, scheduleOf(config));
}

function scheduleOf(config: Config): Schedule {
  switch (config.lr_schedule) {
    case 'constant':
      return { kind: 'constant' };
    case 'linear':
      return {
        kind: 'linear',
        start: 1,
        end: config.end_factor_lr_decay,
        totalSteps: schedulerUpdates(config),
      };
    case 'exponential':
      return { kind: 'exponential', decayRate: config.decay_rate, decaySteps: config.decay_steps };
  }
}
