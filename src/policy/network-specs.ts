/** The networks of a policy as descriptions: names, widths and activations, from the design, the groups and the config. */
import type { Activation, NetworkSpec } from '../engine/network-spec.ts';
import { headOf, type ActorHead, type HeadedPolicy, type HeadOptions } from './actor-head.ts';
import { rowWidth } from './design.ts';
import type { ParameterGroup } from './groups.ts';

/** The network keys of a config. */
export interface NetworkOptions extends HeadOptions {
  readonly actor_hidden_size: readonly number[];
  readonly critic_hidden_size: readonly number[];
  readonly activation: Activation;
  readonly negative_slope: number;
}

/** Online networks of all groups first, then their targets. */
export function networkSpecs(
  policy: HeadedPolicy,
  groups: readonly ParameterGroup[],
  options: NetworkOptions,
): NetworkSpec[] {
  const networks = groups.map((group) => networksOf(policy, group, options));
  const targets = networks.flatMap((ofGroup, g) =>
    policy.designOf(groups[g]!).targets.map((name): NetworkSpec => {
      const online = ofGroup.find((network) => network.name === `${name}/${groups[g]!.name}`)!;
      return { ...online, name: `target_${online.name}` };
    }),
  );
  return [...networks.flat(), ...targets];
}

/** The online networks of one group. */
function networksOf(policy: HeadedPolicy, group: ParameterGroup, options: NetworkOptions): NetworkSpec[] {
  const { spec } = policy;
  const { actorInput, criticInput, critics, temperature } = policy.designOf(group);
  const hiddenLayers = { activation: options.activation, negativeSlope: options.negative_slope };
  const { actWidth } = spec.agents[group.agents[0]!]!;
  return [
    {
      name: `actor/${group.name}`,
      inputs: rowWidth(actorInput, spec, group),
      hidden: options.actor_hidden_size,
      ...actorOutputs(headOf(policy, group), actWidth, options),
      ...hiddenLayers,
    },
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
