/** Builds the objects of a run from its config: environment, engine, policy, optimizers, schedulers, learner. */
import type { Config } from '../config/keys.ts';
import { schedulerUpdates } from '../config/derived.ts';
import { teamsOf, type JointSpec } from '../core/joint-spec.ts';
import { FastStream } from '../core/random.ts';
import { UserError } from '../core/user-error.ts';
import type { Engine } from '../engine/engine.ts';
import { requireEngine } from '../engine/registry.ts';
import { openCustom } from '../envs/custom/load.ts';
import type { EnvironmentFactory } from '../envs/environment-factory.ts';
import { openPettingZoo } from '../envs/pettingzoo/open.ts';
import { makeVectorEnv } from '../envs/registry.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { Algorithm } from '../learners/algorithm.ts';
import { Learner, type ByOptimizer } from '../learners/learner.ts';
import { optimizersOf, type Optimized } from '../learners/optimizers.ts';
import { ALGORITHMS } from '../learners/registry.ts';
import { Adam } from '../optim/adam.ts';
import { Scheduler, type Schedule } from '../optim/schedulers.ts';
import type { PolicyDesign } from '../policy/design.ts';
import { parameterGroups, type ParameterGroup } from '../policy/groups.ts';
import { ObservationNorm } from '../policy/observation-norm.ts';
import { Policy } from '../policy/policy.ts';
import { Augmentation } from '../replay/augmentation.ts';
import { PrioritizedReplay } from '../replay/prioritized-replay.ts';
import { ReplayBuffer } from '../replay/replay-buffer.ts';
import type { RolloutOptions } from '../rollout/rollout.ts';
import { requireFittingActions } from './discrete-actions.ts';

/**
 * Throws UserError naming the key where no run can be built: before a run directory is made, since a fault in a
 * config should leave nothing behind.
 */
export async function requireBuildable(config: Config): Promise<void> {
  await requireFitting(config);
  requireEngine(config);
}

/** The part of it that no machine can mend: the keys fit the environment that they name. */
export async function requireFitting(config: Config): Promise<void> {
  const environments = await openEnvironments(config);
  try {
    const env = environments.make(1);
    const { spec } = env;
    requireFittingActions(config, spec);
    buildAugmentation(config, env);
    groupsOf(config, spec).forEach(algorithms(config, spec));
  } finally {
    environments.close();
  }
}

/**
 * The environments of the config's kind, to be closed in the end. Throws UserError naming the key where env_id,
 * env_options or python are at fault; make() may throw it too.
 */
export async function openEnvironments(config: Config): Promise<EnvironmentFactory> {
  const { env_name, env_id, env_options, python, python_timeout } = config;
  switch (env_name) {
    case 'mpe':
      return mpeEnvironments(config);
    case 'custom':
      return openCustom(env_id, env_options);
    case 'pettingzoo':
      return openPettingZoo({ module: env_id, options: env_options, python, timeout: python_timeout });
  }
}

function mpeEnvironments(config: Config): EnvironmentFactory {
  if ('continuous_actions' in config.env_options)
    throw new UserError(
      `env_options.continuous_actions: expected no such option (the key continuous_action says it), got ` +
        JSON.stringify(config.env_options['continuous_actions']),
    );
  const options = { ...config.env_options, continuous_actions: config.continuous_action };
  return {
    make: (count) => makeVectorEnv(config.env_id, options, count),
    close: () => {
      // Nothing is held.
    },
  };
}

/** Range of what an actor puts out, by activation_action. */
const OUTPUTS = { sigmoid: [0, 1], tanh: [-1, 1], none: [-Infinity, Infinity] } as const;

/** A sentence for each kind of action space that the actors' output does not cover: part of it would never be tried. */
export function unreachableActions(config: Config, spec: JointSpec): string[] {
  const [least, most] = OUTPUTS[config.activation_action];
  const ranges = spec.agents
    .filter(
      ({ actionKind, actionLow, actionHigh }) =>
        actionKind === 'box' && (actionLow < least || actionHigh > most),
    )
    .map(({ actionLow, actionHigh }) => `${actionLow} to ${actionHigh}`);
  return [...new Set(ranges)].map(
    (range) =>
      `activation_action ${config.activation_action} reaches actions from ${least} to ${most} and the environment takes ` +
      `${range}: set activation_action to ${range === '-1 to 1' ? 'tanh' : 'none'}, or scale actions in the environment`,
  );
}

/** A sentence for each setting that does nothing in this environment. */
export function withoutEffect(config: Config, spec: JointSpec): string[] {
  const found: string[] = [];
  if (config.critic_reward === 'team' && teamsOf(spec.agents).length === spec.agents.length)
    found.push('critic_reward team has no effect: every team of the environment is one agent');
  if (config.env_name === 'mpe' && config.env_options['curriculum'] === true)
    found.push(
      'env_options.curriculum: the training stays at stage 0, since only a program moves the curriculum on ' +
        '(setCurriculumStage); set it to false to train on the whole task',
    );
  return found;
}

/** The replay buffer, empty. */
export function buildReplay(config: Config, { spec, ensemble }: Policy): ReplayBuffer {
  const options = {
    capacity: config.buffer_size,
    parallels: config.parallels,
    nStep: { steps: config.n_step, gamma: config.gamma },
    rewards: config.critic_reward,
    ensemble,
  };
  return config.replay === 'prioritized'
    ? new PrioritizedReplay(spec, options, config.priority_alpha)
    : new ReplayBuffer(spec, options);
}

/** What changes sampled batches, if anything. Throws UserError where the environment has no symmetries. */
export function buildAugmentation(config: Config, env: VectorEnv): Augmentation | undefined {
  if (config.augmentation === 'none') return undefined;
  const group = env.symmetries?.();
  if (group === undefined)
    throw new UserError(
      `augmentation: expected none (${env.name} declares no symmetries), got "${config.augmentation}"`,
    );
  return new Augmentation(env.spec, group);
}

/** The policy, with its initial weights drawn from the config's seed. */
export function buildPolicy(config: Config, spec: JointSpec, engine: Engine): Policy {
  requireFittingActions(config, spec);
  const groups = groupsOf(config, spec);
  const algorithmOf = algorithms(config, spec);
  const observations = config.use_obsnorm
    ? new ObservationNorm(spec, groups, config.obsnorm_range)
    : undefined;
  const designOf = (group: ParameterGroup): PolicyDesign => algorithmOf(group).design;
  const policy = new Policy(engine, designOf, spec, groups, config, observations);
  policy.initialize(new FastStream(config.seed, 'initial weights'));
  return policy;
}

/** How actors explore and what critics are shown of the rewards. */
export function rolloutOptions(config: Config): RolloutOptions {
  const norm = config.use_rewnorm ? { gamma: config.gamma, range: config.rewnorm_range } : undefined;
  return {
    noise: { start: config.start_noise, end: config.end_noise, steps: config.running_steps },
    noiseTheta: config.noise_process === 'ornstein_uhlenbeck' ? config.noise_theta : undefined,
    epsilonUniform: config.epsilon_uniform,
    uniformSteps: config.uniform_steps,
    rewards: norm || config.reward_scale !== 1 ? { scale: config.reward_scale, norm } : undefined,
    seed: config.seed,
  };
}

/** The parameter groups. Throws UserError where nobody is left whose policy a group could infer. */
function groupsOf(config: Config, spec: JointSpec): ParameterGroup[] {
  const groups = parameterGroups(spec, config.use_parameter_sharing, config.identity_embedding_mode);
  const [first, ...others] = groups;
  if (config.infer_policies && others.length === 0)
    throw new UserError(
      `infer_policies: expected false where one group has all agents (${first!.agents.map((i) => spec.agents[i]!.name).join(', ')}), ` +
        `got true; ${spec.agents.length > 1 ? 'set use_parameter_sharing to false' : 'a single agent has nobody to infer'}`,
    );
  return groups;
}

/** The learner with its optimizers and schedulers. */
export function buildLearner(config: Config, policy: Policy): Learner {
  return new Learner(algorithms(config, policy.spec), { config, policy, ...buildOptimizers(config, policy) });
}

/** Optimizers and schedulers by optimizer name. */
export function buildOptimizers(
  config: Config,
  policy: Policy,
): { optimizer: ByOptimizer<Adam>; scheduler: ByOptimizer<Scheduler> } {
  const optimizers = optimizersOf(policy);
  // The sub-policies of a group take turns on one schedule: their rate falls with the group's updates.
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

/**
 * Which algorithm a group has, from the key agent. The function throws UserError where a group's teams have different
 * ones; a mapping that misses a team or names one that is not there is refused at once.
 */
export function algorithms(
  { agent }: Pick<Config, 'agent'>,
  spec: JointSpec,
): (group: ParameterGroup) => Algorithm {
  if (typeof agent === 'string') return () => ALGORITHMS[agent];
  const teams = teamsOf(spec.agents);
  if (Object.keys(agent).sort().join() !== teams.toSorted().join())
    throw new UserError(
      `agent: expected an algorithm for each of the teams ${teams.join(', ')}, got ${JSON.stringify(agent)}`,
    );
  return ({ agents }) => {
    const names = [...new Set(agents.map((i) => agent[spec.agents[i]!.team]!))];
    if (names.length > 1)
      throw new UserError(
        `use_parameter_sharing: expected agents of one algorithm in a group, got ` +
          `${agents.map((i) => spec.agents[i]!.name).join(', ')} with ${names.join(' and ')}; set it to teams or false`,
      );
    return ALGORITHMS[names[0]!];
  };
}

/** XuanCe's temperatures have PyTorch's own epsilon, and the actors' first rate for good; they never decay. */
export function adamOf(config: Config, network: Optimized): Adam {
  return new Adam({
    learningRate: rateOf(config, network),
    epsilon: network === 'alpha' ? 1e-8 : config.optimizer_eps,
    weightDecay: network === 'alpha' ? 0 : config.weight_decay,
    form: config.dl_toolbox === 'mindspore' ? 'epsilon_hat' : 'torch',
  });
}

/** The initial learning rate. */
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
