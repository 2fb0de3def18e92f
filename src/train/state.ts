/** The readable files of a checkpoint: config.yaml, state.json (how to go on) and policy.json (how to act). */
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import type { Config } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import { jointSpec, type AgentSpec, type JointSpec } from '../core/joint-spec.ts';
import { headOf } from '../policy/actor-head.ts';
import { OBSERVATION_EPSILON } from '../policy/observation-norm.ts';
import type { Policy } from '../policy/policy.ts';
import type { SessionCounters } from './session.ts';

/** state.json: everything of a run that is not in the session's binary files. */
export interface TrainerState extends SessionCounters {
  readonly best: { readonly step: number; readonly mean: number } | null;
  /** Whether rollout.bin holds the environments' state, or a resumed run starts new episodes. */
  readonly environments: 'saved' | 'new episodes';
  /** Seconds trained so far. */
  readonly wall_s: number;
  /** Length of each metric file: a resumed run cuts them back to it. */
  readonly metric_bytes: Readonly<Record<string, number>>;
}

export function encodeState(state: TrainerState): Uint8Array {
  return encodeJson(state);
}

/** Throws CheckpointError where state.json is not what encodeState() writes. */
export function decodeState(files: ReadonlyMap<string, Uint8Array>, folder: string): TrainerState {
  const where = `${folder}/state.json`;
  const state = decodeJson<TrainerState>(files, folder, 'state.json');
  for (const key of ['step', 'rounds', 'iterations', 'wall_s'] as const)
    if (typeof state[key] !== 'number')
      throw new CheckpointError(`${where}: expected a number as ${key}, got ${JSON.stringify(state[key])}`);
  for (const key of ['optimizer_steps', 'scheduler_steps', 'metric_bytes', 'last_info'] as const)
    if (typeof state[key] !== 'object')
      throw new CheckpointError(`${where}: expected a mapping as ${key}, got ${JSON.stringify(state[key])}`);
  return state as TrainerState;
}

/** The config keys in policy.json; env_id is omitted if unknown. */
type PolicyKeys = Pick<Config, 'agent' | 'eval_policy'> & { readonly env_id?: string | undefined };

/**
 * policy.json: all that a program needs beside weights.safetensors to act as an evaluation does, so that it need not know
 * the keys of config.yaml. docs/algorithms.md says how the parts fit together.
 */
export function policyFile(config: PolicyKeys, policy: Policy): Uint8Array {
  return encodeJson({
    agent: config.agent,
    env_id: config.env_id,
    agents: policy.spec.agents,
    ensemble_size: policy.ensemble?.size ?? 1,
    // Whose outputs an evaluation takes, and what is done to those that are no actions yet.
    eval_policy: config.eval_policy,
    activation_action: policy.options.activation_action,
    groups: policy.groups.map((group) => {
      const { actorInput, criticInput } = policy.designOf(group);
      const inputs = { actor_input: actorInput, critic_input: criticInput };
      return { ...group, actor_head: headOf(policy, group), ...inputs };
    }),
    networks: [...policy.networks.values()],
    ...(policy.observations && {
      // What networks see: (observation - mean) / (std + epsilon), clipped to plus and minus range.
      observation_norm: { range: policy.observations.range, epsilon: OBSERVATION_EPSILON },
    }),
  });
}

/** The configuration of a checkpoint. Throws ConfigError where it is none. */
export function decodeConfig(files: ReadonlyMap<string, Uint8Array>, folder: string): Config {
  const text = new TextDecoder().decode(files.get('config.yaml'));
  return loadConfig({ file: `${folder}/config.yaml`, text }).config;
}

/** The agents of policy.json: a policy needs no environment to act. Throws CheckpointError where there are none. */
export function decodeSpec(files: ReadonlyMap<string, Uint8Array>, folder: string): JointSpec {
  const { agents } = decodeJson<{ agents: readonly AgentSpec[] }>(files, folder, 'policy.json');
  if (!Array.isArray(agents) || agents.length === 0)
    throw new CheckpointError(
      `${folder}/policy.json: expected a list of agents, got ${JSON.stringify(agents)}`,
    );
  return jointSpec(agents);
}

function decodeJson<T>(files: ReadonlyMap<string, Uint8Array>, folder: string, name: string): Partial<T> {
  try {
    return JSON.parse(new TextDecoder().decode(files.get(name))) as Partial<T>;
  } catch (error) {
    throw new CheckpointError(`${folder}/${name}: expected JSON, got something else`, { cause: error });
  }
}

function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}
