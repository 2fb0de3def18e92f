/** makeLearner(): builds a learner and everything it needs from config keys and an environment. */
import type { Config } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import { described } from '../core/described.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';
import { createEngine } from '../engine/registry.ts';
import { readAgents, specOf, type CustomEnvironment } from '../envs/custom/custom-environment.ts';
import { EnvironmentError } from '../envs/errors.ts';
import type { ParallelEnv } from '../envs/parallel-env.ts';
import type { VectorEnv } from '../envs/vector-env.ts';
import type { AlgorithmName } from '../config/keys/task.ts';
import { buildOptimizers, buildPolicy } from '../train/build.ts';
import type { LearnerArguments } from './arguments.ts';
import {
  IDDPGLearner,
  ISACLearner,
  LearnerMAS,
  MADDPGLearner,
  MASACLearner,
  MATD3Learner,
} from './learners.ts';
import { within } from '../core/within.ts';

/** Any environment, or just the spec of its agents. */
export type LearnersOf = ParallelEnv | VectorEnv | CustomEnvironment | JointSpec;

/** Options of makeLearner(). */
export interface MakeLearnerOptions {
  /** Default folder of saveModel() and loadModel(). Default './'. */
  readonly modelDir?: string;
}

const LEARNERS: Readonly<Record<AlgorithmName, new (...args: LearnerArguments) => LearnerMAS>> = {
  MADDPG: MADDPGLearner,
  MATD3: MATD3Learner,
  IDDPG: IDDPGLearner,
  ISAC: ISACLearner,
  MASAC: MASACLearner,
};

/**
 * Builds the same learner as train() from the same keys: that of `config.agent`, or a LearnerMAS if teams have different
 * algorithms. Environment, rollout, replay and evaluation keys have no effect. Throws UserError naming the faulty key.
 * Call dispose() when done.
 */
export async function makeLearner(
  config: Partial<Config>,
  env: LearnersOf,
  { modelDir = './' }: MakeLearnerOptions = {},
): Promise<LearnerMAS> {
  const where = 'makeLearner';
  const resolved = within(where, () => loadConfig({ keys: config }).config);
  const { name, spec } = within(where, () => readEnvironment(env));
  const engine = await createEngine(resolved);
  try {
    return within(where, () => {
      const policy = buildPolicy(resolved, spec, engine);
      const { optimizer, scheduler } = buildOptimizers(resolved, policy);
      const { agent } = resolved;
      const env_id = config.env_id ?? name;
      const keys = { ...config, agent, ...(env_id !== undefined && { env_id }) };
      const args: LearnerArguments = [keys, policy, optimizer, scheduler, { modelDir }];
      return typeof agent === 'string' ? new LEARNERS[agent](...args) : new LearnerMAS(agent, ...args);
    });
  } catch (error) {
    engine.dispose();
    throw error;
  }
}

/** Name, if any, and agents of an environment. Throws UserError. */
function readEnvironment(env: unknown): { name?: string; spec: JointSpec } {
  if (typeof env !== 'object' || env === null)
    throw new UserError(`env: expected an environment, or a joint spec of its agents, got ${described(env)}`);
  const { name, spec } = env as Partial<VectorEnv>;
  if (isSpec(spec)) return { ...(name !== undefined && { name }), spec };
  if (isSpec(env)) return { spec: env };
  const agents = readAgents(env, (at, expected, got, hint) => {
    throw new EnvironmentError(`env: ${at}`, expected, got, hint);
  });
  // readAgents() returns undefined only after reporting a fault, and the reporter above throws.
  return { ...(name !== undefined && { name }), spec: specOf(agents!) };
}

function isSpec(value: unknown): value is JointSpec {
  return typeof value === 'object' && value !== null && 'obsTotal' in value && 'obsOffsets' in value;
}
