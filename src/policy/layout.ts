/** PolicyLayout: which networks a policy has, by name and shape. Their values are the policy's (policy.ts). */
import type { JointSpec } from '../core/joint-spec.ts';
import { subNetworks } from '../ensemble/sub-policies.ts';
import type { NetworkSpec } from '../engine/network-spec.ts';
import type { PolicyDesign } from './design.ts';
import type { ParameterGroup } from './groups.ts';
import { inferredName, networkSpecs, type NetworkOptions } from './network-specs.ts';
import { statesOf, type RecurrentStates, type StateShape } from './recurrent-states.ts';

export class PolicyLayout {
  readonly spec: JointSpec;
  readonly groups: readonly ParameterGroup[];
  readonly options: NetworkOptions;
  readonly #design: (group: ParameterGroup) => PolicyDesign;
  #specs: readonly NetworkSpec[] | undefined;

  /** `design`: one for all groups, or a function of the group. */
  constructor(
    design: PolicyDesign | ((group: ParameterGroup) => PolicyDesign),
    spec: JointSpec,
    groups: readonly ParameterGroup[],
    options: NetworkOptions,
  ) {
    this.#design = typeof design === 'function' ? design : () => design;
    this.spec = spec;
    this.groups = groups;
    this.options = options;
  }

  /** Networks of a group and their inputs. */
  designOf(group: ParameterGroup): PolicyDesign {
    return this.#design(group);
  }

  /** Groups whose policies a group infers: with `infer_policies`, all others if its algorithm supports it. */
  inferredBy(group: ParameterGroup): readonly ParameterGroup[] {
    const infers = this.options.infer_policies === true && this.designOf(group).infersOthers === true;
    return infers ? this.groups.filter((other) => other !== group) : [];
  }

  /** Name prefixes of a group's networks with a target copy. */
  targetsOf(group: ParameterGroup): string[] {
    const own = this.designOf(group).targets.flatMap((network) => this.subNetworks(network));
    return [...own, ...this.inferredBy(group).map(inferredName)];
  }

  /** Name prefixes for the design's `network`: itself, or an ensemble's actors. */
  subNetworks(network: string): readonly string[] {
    return subNetworks(network, this.options.ensemble_size);
  }

  /** The group's first critic, if `network` is another one of them. */
  twinOf(network: string): string | undefined {
    for (const group of this.groups) {
      const [first, ...others] = this.designOf(group).critics.map((critic) => `${critic}/${group.name}`);
      if (others.includes(network)) return first;
    }
    return undefined;
  }

  /** The spec of a group's actor; all sub-policies of an ensemble have the same. */
  actorOf(group: ParameterGroup): NetworkSpec {
    const name = `${this.subNetworks('actor')[0]!}/${group.name}`;
    return this.specs().find((spec) => spec.name === name)!;
  }

  /** The states of a group's actor, if it is recurrent. */
  actorStates(group: ParameterGroup): StateShape[] {
    return statesOf(this.actorOf(group), group.name, group.agents.length);
  }

  /** What agent i remembers in an environment: h of each layer in order, followed by c in an LSTM. Views. */
  remembered(states: RecurrentStates, i: number, environment = 0): Float32Array[] {
    const group = this.groupOf(i);
    return states.row(group.name, group.agents.indexOf(i), environment);
  }

  /** The group of agent i. */
  groupOf(i: number): ParameterGroup {
    return this.groups.find(({ agents }) => agents.includes(i))!;
  }

  /** Numbers that agent i's recurrent actor remembers: the columns of all its states. */
  stateWidth(i: number): number {
    return this.actorStates(this.groupOf(i)).reduce((sum, { width }) => sum + width, 0);
  }

  /** Specs of all networks. */
  specs(): readonly NetworkSpec[] {
    return (this.#specs ??= networkSpecs(this, this.options));
  }
}
