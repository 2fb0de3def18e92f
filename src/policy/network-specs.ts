/** The networks of a policy as descriptions: names, widths and activations, from the design, the groups and the config. */
import type { Activation, NetworkSpec } from '../engine/network-spec.ts';
import { headOf, type ActorHead, type HeadedPolicy, type HeadOptions } from './actor-head.ts';
import { rowWidth } from './design.ts';
import { subNetworks } from '../ensemble/sub-policies.ts';
import type { ParameterGroup } from './groups.ts';

/** The network keys of a config. */
export interface NetworkOptions extends HeadOptions {
  readonly actor_hidden_size: readonly number[];
  readonly critic_hidden_size: readonly number[];
  readonly activation: Activation;
  readonly negative_slope: number;
  readonly normalize?: 'none' | 'LayerNorm';
  /** Factor on the initial weights. Default 1. */
  readonly gain?: number;
  /** Sub-policies of each group. Default 1. */
  readonly ensemble_size?: number;
  /** Whether groups keep approximate policies of the others. */
  readonly infer_policies?: boolean;
}

/** What networks follow from beside the options. */
interface Described extends HeadedPolicy {
  readonly groups: readonly ParameterGroup[];
  inferredBy(group: ParameterGroup): readonly ParameterGroup[];
  targetsOf(group: ParameterGroup): readonly string[];
}

/** First part of the name of a group's approximate policy of `other`: `inferred_<other>/<group>`. */
export function inferredName(other: ParameterGroup): string {
  return `inferred_${other.name}`;
}

/**
 * Online networks of all groups first, then their targets. Approximate policies are the last of the online ones: the
 * others then start with the same weights whether or not there are any.
 */
export function networkSpecs(policy: Described, options: NetworkOptions): NetworkSpec[] {
  const online = [
    ...policy.groups.flatMap((group) => networksOf(policy, group, options)),
    ...policy.groups.flatMap((group) => inferredOf(policy, group, options)),
  ];
  const targets = policy.groups.flatMap((group) =>
    policy.targetsOf(group).map((name): NetworkSpec => {
      const spec = online.find((network) => network.name === `${name}/${group.name}`)!;
      return { ...spec, name: `target_${spec.name}` };
    }),
  );
  return [...online, ...targets];
}

/** The online networks of one group. */
function networksOf(policy: HeadedPolicy, group: ParameterGroup, options: NetworkOptions): NetworkSpec[] {
  const { spec } = policy;
  const { actorInput, criticInput, critics, temperature } = policy.designOf(group);
  const hiddenLayers = {
    activation: options.activation,
    negativeSlope: options.negative_slope,
    ...(options.normalize === 'LayerNorm' ? { normalize: options.normalize } : {}),
  };
  const { actWidth } = spec.agents[group.agents[0]!]!;
  return [
    ...subNetworks('actor', options.ensemble_size).map((actor): NetworkSpec => ({
      name: `${actor}/${group.name}`,
      inputs: rowWidth(actorInput, spec, group),
      hidden: options.actor_hidden_size,
      ...actorOutputs(headOf(policy, group), actWidth, options),
      ...hiddenLayers,
    })),
    ...(temperature ? [temperatureSpec(group)] : []),
    ...critics.map((critic): NetworkSpec => ({
      name: `${critic}/${group.name}`,
      inputs: rowWidth(criticInput, spec, group),
      hidden: options.critic_hidden_size,
      outputs: 1,
      outputActivation: 'none',
      ...hiddenLayers,
    })),
  ];
}

/** A group's approximate policies of other groups: like their actors, but stochastic. */
function inferredOf(policy: Described, group: ParameterGroup, options: NetworkOptions): NetworkSpec[] {
  return policy.inferredBy(group).map((other): NetworkSpec => {
    const [actor] = networksOf(policy, other, options);
    const head = headOf(policy, other) === 'gumbel' ? 'gumbel' : 'gaussian';
    const { actWidth } = policy.spec.agents[other.agents[0]!]!;
    return {
      ...actor!,
      name: `${inferredName(other)}/${group.name}`,
      ...actorOutputs(head, actWidth, options),
    };
  });
}

/** The last layer of an actor, by its head. */
function actorOutputs(
  head: ActorHead,
  actWidth: number,
  { activation_action }: HeadOptions,
): Pick<NetworkSpec, 'outputs' | 'outputActivation' | 'heads'> {
  switch (head) {
    case 'deterministic':
      return { outputs: actWidth, outputActivation: activation_action };
    case 'gaussian':
      return { outputs: 2 * actWidth, outputActivation: 'none', heads: ['mu', 'logstd'] };
    case 'gumbel':
      return { outputs: actWidth, outputActivation: 'none' };
  }
}

/** The one parameter log_alpha. */
function temperatureSpec({ name }: ParameterGroup): NetworkSpec {
  const free = { inputs: 0, hidden: [], outputs: 1, heads: ['log_alpha'] };
  const linear = { activation: 'none', negativeSlope: 0, outputActivation: 'none' } as const;
  return { name: `alpha/${name}`, ...free, ...linear };
}
