/**
 * policy.json: what a program needs besides weights.safetensors to act as in evaluation, without config.yaml.
 * docs/algorithms.md describes the format.
 */
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import type { Config } from '../config/keys.ts';
import { jointSpec, type AgentSpec, type JointSpec } from '../core/joint-spec.ts';
import { headOf } from '../policy/actor-head.ts';
import { OBSERVATION_EPSILON } from '../policy/observation-norm.ts';
import type { Policy } from '../policy/policy.ts';
import { decodeJson, encodeJson } from './json.ts';

/** Contents of policy.json that do not come from the policy. */
type PolicyKeys = Pick<Config, 'agent' | 'eval_policy'> & { readonly env_id?: string | undefined };

export function encodePolicyFile(config: PolicyKeys, policy: Policy): Uint8Array {
  return encodeJson({
    agent: config.agent,
    env_id: config.env_id,
    agents: policy.spec.agents,
    ensemble_size: policy.ensemble?.size ?? 1,
    // Actors used in evaluation, and how their outputs become actions.
    eval_policy: config.eval_policy,
    activation_action: policy.options.activation_action,
    groups: policy.groups.map((group) => {
      const { actorInput, criticInput } = policy.designOf(group);
      const inputs = { actor_input: actorInput, critic_input: criticInput };
      return { ...group, actor_head: headOf(policy, group), ...inputs };
    }),
    networks: [...policy.networks.values()],
    ...(policy.observations && {
      // Network input: (observation - mean) / (std + epsilon), clipped to ±range.
      observation_norm: { range: policy.observations.range, epsilon: OBSERVATION_EPSILON },
    }),
  });
}

/** Agents from policy.json, so that acting needs no environment. Throws CheckpointError if there are none. */
export function decodeSpec(files: ReadonlyMap<string, Uint8Array>, folder: string): JointSpec {
  const { agents } = decodeJson<{ agents: readonly AgentSpec[] }>(files, folder, 'policy.json');
  if (!Array.isArray(agents) || agents.length === 0)
    throw new CheckpointError(
      `${folder}/policy.json: expected a list of agents, got ${JSON.stringify(agents)}`,
    );
  return jointSpec(agents);
}
