/** The public API: environments, policies, learners and training. */
import { loadConfig, located } from './config/load.ts';
import type { Config } from './config/keys.ts';
import { requireBuildable } from './train/build.ts';
import { createRunDir, defaultRunName } from './train/run-dir.ts';
import { trainIn, type Progress, type TrainSummary } from './train/trainer.ts';

export { makeEnv, makeVectorEnv, environmentIds } from './envs/registry.ts';
export type { ParallelEnv, Action, Info, ResetResult, StepResult } from './envs/parallel-env.ts';
export type { VectorEnv } from './envs/vector-env.ts';
export { checkEnvironment, type ContractOptions, type ContractReport } from './envs/contract.ts';
export type { CustomEnvironment, MakeEnvironment } from './envs/custom/custom-environment.ts';
export type { Space, Box, Discrete } from './envs/spaces.ts';
export {
  loadPolicy,
  type ActOptions,
  type LoadedPolicy,
  type LoadPolicyOptions,
} from './train/load-policy.ts';
export { loadConfig, type LoadedConfig } from './config/load.ts';
export type { Config } from './config/keys.ts';
export { UserError } from './core/user-error.ts';
export { jointSpec, teamOf, type AgentSpec, type JointSpec } from './core/joint-spec.ts';
export { createEngine } from './engine/registry.ts';
export type { Engine, EngineName, Program, Store } from './engine/engine.ts';
export { Policy } from './policy/policy.ts';
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
export { FastStream } from './core/random.ts';
export type { Algorithm } from './learners/algorithm.ts';
export { Adam, type AdamSettings } from './optim/adam.ts';
export { Scheduler, type Schedule } from './optim/schedulers.ts';
export { createBatch, type Batch } from './replay/batch.ts';
export type { Progress, TrainSummary } from './train/trainer.ts';

export interface TrainOptions {
  /** Aborting it stops the run after a checkpoint; the summary then says `interrupted`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Called with one line where a key has no effect, or the run is not quite what was asked for. Default process.emitWarning. */
  readonly onWarning?: (line: string) => void;
}

/**
 * Trains from a config: a resolved one, or some keys with the rest at their defaults. Writes a run directory in
 * `model_dir`. Throws UserError where a key is at fault.
 */
export async function train(config: Partial<Config>, options: TrainOptions = {}): Promise<TrainSummary> {
  const loaded = loadConfig({ keys: config });
  const { config: resolved } = loaded;
  const onWarning =
    options.onWarning ??
    ((line) => {
      process.emitWarning(line, 'maddpg');
    });
  for (const line of loaded.warnings) onWarning(line);
  try {
    await requireBuildable(resolved);
  } catch (error) {
    throw located(error, loaded);
  }
  const { name, model_dir } = resolved;
  const dir = createRunDir(model_dir, name, defaultRunName(resolved));
  return trainIn(dir, resolved, { ...options, onWarning });
}
