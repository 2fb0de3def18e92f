/** Builds the objects of a run from its config: environment, engine, policy, optimizers, schedulers, learner. */
import type { Config } from '../config/keys.ts';
import { schedulerUpdates } from '../config/derived.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { FastStream } from '../core/random.ts';
import { UserError } from '../core/user-error.ts';
import type { Engine } from '../engine/engine.ts';
import { requireEngine } from '../engine/registry.ts';
import { makeVectorEnv } from '../envs/registry.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { ByOptimizer, Learner } from '../learners/learner.ts';
import { findLearner, learnerNames, type Algorithm } from '../learners/registry.ts';
import { Adam } from '../optim/adam.ts';
import { Scheduler, type Schedule } from '../optim/schedulers.ts';
import { parameterGroups } from '../policy/groups.ts';
import { Policy } from '../policy/policy.ts';
import { requireBuilt } from './not-built.ts';

/**
 * Throws UserError naming the key where no run can be built: before a run directory is made, since a fault in a
 * config should leave nothing behind.
 */
export function requireBuildable(config: Config): void {
  const { spec } = buildEnvironment(config, 1);
  requireBuilt(config, spec);
  requireEngine(config);
  algorithmOf(config);
  parameterGroups(spec, config.use_parameter_sharing, config.identity_embedding_mode);
}

/** `count` environments of the config's kind. Throws UserError where env_options are at fault. */
export function buildEnvironment(config: Config, count: number): VectorEnv {
  if ('continuous_actions' in config.env_options)
    throw new UserError(
      `env_options.continuous_actions: expected no such option (the key continuous_action says it), got ` +
        JSON.stringify(config.env_options['continuous_actions']),
    );
  const options = { ...config.env_options, continuous_actions: config.continuous_action };
  return makeVectorEnv(config.env_id, options, count);
}

/** The policy, with its initial weights drawn from the config's seed. */
export function buildPolicy(config: Config, spec: JointSpec, engine: Engine): Policy {
  requireBuilt(config, spec);
  const groups = parameterGroups(spec, config.use_parameter_sharing, config.identity_embedding_mode);
  const policy = new Policy(engine, algorithmOf(config).design, spec, groups, config);
  policy.initialize(new FastStream(config.seed, 'initial weights'));
  return policy;
}

/** The learner with its optimizers and schedulers, as the documented constructor takes them. */
export function buildLearner(config: Config, policy: Policy, modelDir: string): Learner {
  const optimizer = perOptimizer(
    policy,
    () =>
      new Adam({
        epsilon: config.optimizer_eps,
        form: config.dl_toolbox === 'mindspore' ? 'epsilon_hat' : 'torch',
      }),
  );
  const scheduler = perOptimizer(
    policy,
    (network) => new Scheduler(config[`learning_rate_${network}`], scheduleOf(config)),
  );
  const { Learner: LearnerClass } = algorithmOf(config);
  const options = { modelDir, gamma: config.gamma, syncFrequency: config.sync_frequency };
  return new LearnerClass(config, policy, optimizer, scheduler, options);
}

function algorithmOf(config: Config): Algorithm {
  const algorithm = findLearner(config.agent);
  if (algorithm) return algorithm;
  throw new UserError(
    `agent: expected one of this version's learners (${learnerNames().join(', ')}), got ${config.agent}`,
  );
}

function perOptimizer<T>(policy: Policy, make: (network: 'actor' | 'critic') => T): ByOptimizer<T> {
  return new Map(
    policy.groups.flatMap((group) =>
      (['actor', 'critic'] as const).map((network): [string, T] => [
        `${network}/${group.name}`,
        make(network),
      ]),
    ),
  );
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
