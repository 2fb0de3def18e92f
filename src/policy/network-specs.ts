/** Network specs of a policy (names, widths, activations), derived from design, groups and config. */
import type { Activation, NetworkSpec, RecurrentSpec } from '../engine/network-spec.ts';
import { headOf, type ActorHead, type HeadedPolicy, type HeadOptions } from './actor-head.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { rowWidth, splitRow, type RowPart } from './design.ts';
import { subNetworks } from '../ensemble/sub-policies.ts';
import type { ParameterGroup } from './groups.ts';

/** Network keys of a config. */
export interface NetworkOptions extends HeadOptions {
  readonly actor_hidden_size: readonly number[];
  readonly critic_hidden_size: readonly number[];
  readonly activation: Activation;
  readonly negative_slope: number;
  readonly normalize?: 'none' | 'LayerNorm';
  /** Recurrent layers in front of actors and critics, with `use_rnn`. */
  readonly recurrent?: RecurrentOptions;
  /** Factor on the initial weights. Default 1. */
  readonly gain?: number;
  /** Sub-policies per group. Default 1. */
  readonly ensemble_size?: number;
  /** Whether groups learn approximate policies of the others. */
  readonly infer_policies?: boolean;
}

/** Recurrent layers of all actors, and of all critics unless these are `feed_forward`. */
export interface RecurrentOptions extends Omit<RecurrentSpec, 'inputs'> {
  readonly critics?: 'recurrent' | 'feed_forward';
}

/** What specs depend on besides the options. */
interface Described extends HeadedPolicy {
  readonly groups: readonly ParameterGroup[];
  inferredBy(group: ParameterGroup): readonly ParameterGroup[];
  targetsOf(group: ParameterGroup): readonly string[];
}

/** Name prefix of a group's approximate policy of `other`: `inferred_<other>/<group>`. */
export function inferredName(other: ParameterGroup): string {
  return `inferred_${other.name}`;
}

/**
 * Online networks of all groups, then targets. Approximate policies are the last online networks, so that they do not
 * change the initial weights of the others.
 */
export function networkSpecs(policy: Described, options: NetworkOptions): NetworkSpec[] {
  const online = [
    ...policy.groups.flatMap((group) => networksOf(policy, group, options)),
    ...policy.groups.flatMap((group) => inferredOf(policy, group, options)),
  ];
  const byName = new Map(online.map((network) => [network.name, network]));
  const targets = policy.groups.flatMap((group) =>
    policy.targetsOf(group).map((name): NetworkSpec => {
      const spec = byName.get(`${name}/${group.name}`)!;
      return { ...spec, name: `target_${spec.name}` };
    }),
  );
  return [...online, ...targets];
}

/** Online networks of one group. */
function networksOf(policy: HeadedPolicy, group: ParameterGroup, options: NetworkOptions): NetworkSpec[] {
  const { spec } = policy;
  const { actorInput, criticInput, critics, temperature } = policy.designOf(group);
  const hiddenLayers = {
    activation: options.activation,
    negativeSlope: options.negative_slope,
    ...(options.normalize === 'LayerNorm' ? { normalize: options.normalize } : {}),
  };
  const { actWidth } = spec.agents[group.agents[0]!]!;
  const recurrentCritics = options.recurrent?.critics !== 'feed_forward';
  return [
    ...subNetworks('actor', options.ensemble_size).map((actor): NetworkSpec => ({
      name: `${actor}/${group.name}`,
      ...inputsOf(actorInput, spec, group, options.recurrent),
      hidden: options.actor_hidden_size,
      ...actorOutputs(headOf(policy, group), actWidth, options),
      ...hiddenLayers,
    })),
    ...(temperature ? [temperatureSpec(group)] : []),
    ...critics.map((critic): NetworkSpec => ({
      name: `${critic}/${group.name}`,
      ...inputsOf(criticInput, spec, group, recurrentCritics ? options.recurrent : undefined),
      hidden: options.critic_hidden_size,
      outputs: 1,
      outputActivation: 'none',
      ...hiddenLayers,
    })),
  ];
}

/** Inputs of a network from its input row, and its recurrent layers, if any. */
function inputsOf(
  input: readonly RowPart[],
  spec: JointSpec,
  group: ParameterGroup,
  recurrent: RecurrentOptions | undefined,
): Pick<NetworkSpec, 'inputs' | 'recurrent'> {
  if (!recurrent) return { inputs: rowWidth(input, spec, group) };
  const { cell, fc, layers, width } = recurrent;
  const { before, behind } = splitRow(input);
  return {
    inputs: width + rowWidth(behind, spec, group),
    recurrent: { cell, inputs: rowWidth(before, spec, group), fc, layers, width },
  };
}

/** A group's approximate policies of other groups: their actors' networks with stochastic heads. */
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

/** Output layer of an actor by head. */
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

/** A single free parameter, log_alpha. */
function temperatureSpec({ name }: ParameterGroup): NetworkSpec {
  const free = { inputs: 0, hidden: [], outputs: 1, heads: ['log_alpha'] };
  const linear = { activation: 'none', negativeSlope: 0, outputActivation: 'none' } as const;
  return { name: `alpha/${name}`, ...free, ...linear };
}
