/** Public API for Node: environments, policies, learners, training and evaluation. For browsers, see browser.ts. */
export { train, type TrainConfig, type TrainOptions } from './library/train.ts';
export type { RunOptions } from './run/train.ts';
export { evaluate, type EvaluateOptions, type EvaluationResult } from './library/evaluate.ts';
export type { EnvironmentSource } from './library/environment-source.ts';
export type { EpisodeEnd, Evaluation, Progress, RunControls } from './train/callbacks.ts';
export type { EndReason, TrainSummary } from './train/summary.ts';
export type { ReturnSummary, Spread } from './evaluate/returns.ts';
export { makeEnv, makeVectorEnv, environmentIds } from './envs/registry.ts';
export type { ParallelEnv, Action, Info, ResetResult, StepResult } from './envs/parallel-env.ts';
export type { VectorEnv } from './envs/vector-env.ts';
export { checkEnvironment, type ContractOptions, type ContractReport } from './envs/custom/contract.ts';
export type { CustomEnvironment, MakeEnvironment } from './envs/custom/custom-environment.ts';
export type { Space, Box, Discrete } from './envs/spaces.ts';
export { loadPolicy, type ActOptions, type LoadedPolicy, type LoadPolicyOptions } from './run/load-policy.ts';
export { loadConfig, type LoadedConfig } from './config/load.ts';
export type { Config } from './config/keys.ts';
export { UserError } from './core/user-error.ts';
export { jointSpec, teamOf, type AgentSpec, type JointSpec } from './core/joint-spec.ts';
export { createEngine } from './engine/registry.ts';
export type { Engine, EngineName, Program, Store } from './engine/engine.ts';
export type { Value } from './engine/graph.ts';
export { Policy } from './policy/policy.ts';
export type { NetworkOptions } from './policy/network-specs.ts';
export type { RecurrentStates } from './policy/recurrent-states.ts';
export { parameterGroups, type ParameterGroup } from './policy/groups.ts';
export { MADDPG } from './learners/maddpg.ts';
export { MATD3 } from './learners/matd3.ts';
export { IDDPG } from './learners/iddpg.ts';
export { ISAC } from './learners/isac.ts';
export { MASAC } from './learners/masac.ts';
export { Learner } from './learners/learner.ts';
export type { LearnerParts, UpdateInfo } from './learners/learner.ts';
export type { LearnerConfig } from './learners/learner-config.ts';
export {
  IDDPGLearner,
  ISACLearner,
  LearnerMAS,
  MADDPGLearner,
  MASACLearner,
  MATD3Learner,
} from './library/learners.ts';
export { makeLearner, type LearnersOf, type MakeLearnerOptions } from './library/make-learner.ts';
export type { Device, LearnerArguments, LearnerOptions } from './library/arguments.ts';
export type { Optimizers, PerGroup, PerNetwork, Schedulers } from './library/optimizers.ts';
export type { AgentArrays, Sample } from './library/sample.ts';
export type { AgentSequences, SequenceSample } from './library/sequence-sample.ts';
export type { Algorithm } from './learners/algorithm.ts';
export { Adam, type AdamSettings } from './optim/adam.ts';
export { Scheduler, type Schedule } from './optim/schedulers.ts';
export { createBatch, type Batch, type EpisodeBatch } from './replay/batch.ts';

// Building blocks for algorithms: see docs/library.md.
export { ALGORITHMS, type AlgorithmTable } from './learners/registry.ts';
export type { Abilities, NextActions, NoiseInput } from './learners/algorithm.ts';
export type { Update } from './learners/update.ts';
export * as losses from './learners/losses.ts';
export { softActorCritic } from './learners/soft-actor-critic.ts';
export type { PolicyDesign, RowPart } from './policy/design.ts';
export { FastStream, Pcg64 } from './core/random.ts';
