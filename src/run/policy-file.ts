/**
 * policy.json: what a program needs besides weights.safetensors to act as in evaluation, without config.yaml.
 * docs/algorithms.md describes the format.
 */
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { COUNT, decodeJson, encodeJson, jsonFormat } from '../checkpoint/json.ts';
import type { Config } from '../config/keys.ts';
import { described } from '../core/described.ts';
import { jointSpec, type AgentSpec, type JointSpec } from '../core/joint-spec.ts';
import { headOf } from '../policy/actor-head.ts';
import { OBSERVATION_EPSILON } from '../policy/observation-norm.ts';
import type { Policy } from '../policy/policy.ts';

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

/** Limits of what is read: an image has a million columns, a large world hundreds of agents. */
const MOST_AGENTS = 10_000;
const MOST_COLUMNS = 10_000_000;

const width = { type: 'integer', minimum: 1, maximum: MOST_COLUMNS } as const;

const format = jsonFormat<{ readonly agents: readonly AgentSpec[] }>({
  type: 'object',
  required: ['agents'],
  properties: {
    agents: {
      type: 'array',
      minItems: 1,
      maxItems: MOST_AGENTS,
      items: {
        type: 'object',
        required: ['name', 'team', 'obsWidth', 'actWidth', 'actionKind', 'actionLow', 'actionHigh'],
        properties: {
          name: { type: 'string', minLength: 1, maxLength: 1000 },
          team: { type: 'string', maxLength: 1000 },
          obsWidth: { ...width, minimum: 0 },
          actWidth: width,
          actionKind: { enum: ['box', 'discrete'] },
          actionLow: { type: 'number' },
          actionHigh: { type: 'number' },
          hidden: { type: 'array', items: COUNT },
        },
      },
    },
  },
});

/** Agents from policy.json, so that acting needs no environment. Throws CheckpointError if the file is damaged. */
export function decodeSpec(bytes: Uint8Array, where: string): JointSpec {
  const { agents } = decodeJson(bytes, where, format);
  const fault = (expected: string, got: unknown): CheckpointError =>
    new CheckpointError(`${where}: expected ${expected}, got ${described(got)}`);
  const names = new Set(agents.map(({ name }) => name));
  if (names.size < agents.length) throw fault('agents of different names', [...names].join(', '));
  const unbounded = agents.find(({ actionLow, actionHigh }) => !(actionLow < actionHigh));
  if (unbounded) throw fault(`actionLow below ${unbounded.actionHigh}`, unbounded.actionLow);
  const strange = agents.find(({ obsWidth, hidden = [] }) =>
    hidden.some((column, k) => column >= obsWidth || column <= (hidden[k - 1] ?? -1)),
  );
  if (strange) throw fault(`increasing columns below ${strange.obsWidth} in hidden`, strange.hidden);
  const spec = jointSpec(agents);
  const columns = Math.max(spec.obsTotal, spec.actTotal);
  if (columns > MOST_COLUMNS) throw fault(`at most ${MOST_COLUMNS} columns of all agents`, columns);
  return spec;
}
