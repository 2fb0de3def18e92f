/** The networks of a policy as descriptions: names, widths and activations, from the design, the groups and the config. */
import type { JointSpec } from '../core/joint-spec.ts';
import type { Activation, NetworkSpec } from '../engine/network-spec.ts';
import { headOf, type ActorHead, type HeadOptions } from './actor-head.ts';
import { rowWidth, type PolicyDesign } from './design.ts';
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
  design: PolicyDesign,
  spec: JointSpec,
  groups: readonly ParameterGroup[],
  options: NetworkOptions,
): NetworkSpec[] {
  const hiddenLayers = { activation: options.activation, negativeSlope: options.negative_slope };
  const online = groups.flatMap((group): [string, NetworkSpec][] => [
    [
      'actor',
      {
        name: `actor/${group.name}`,
        inputs: rowWidth(design.actorInput, spec, group),
        hidden: options.actor_hidden_size,
        ...actorOutputs(headOf({ design, spec }, group), spec.agents[group.agents[0]!]!.actWidth, options),
        ...hiddenLayers,
      },
    ],
    ...(design.temperature ? [temperatureSpec(group)] : []),
    ...design.critics.map((critic): [string, NetworkSpec] => [
      critic,
      {
        name: `${critic}/${group.name}`,
        inputs: rowWidth(design.criticInput, spec, group),
        hidden: options.critic_hidden_size,
        outputs: 1,
        outputActivation: 'none',
        ...hiddenLayers,
      },
    ]),
  ]);
  const targets = online
    .filter(([network]) => design.targets.includes(network))
    .map(([, network]): NetworkSpec => ({ ...network, name: `target_${network.name}` }));
  return [...online.map(([, network]) => network), ...targets];
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
function temperatureSpec({ name }: ParameterGroup): [string, NetworkSpec] {
  const free = { inputs: 0, hidden: [], outputs: 1, heads: ['log_alpha'] };
  const linear = { activation: 'none', negativeSlope: 0, outputActivation: 'none' } as const;
  return ['alpha', { name: `alpha/${name}`, ...free, ...linear }];
}
