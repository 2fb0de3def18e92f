/**
 * Algorithm: how one parameter group learns, described on the engine's graph. Stateless: a learner (learner.ts) compiles
 * and runs the description. Groups may have different algorithms. One file each, named after the value of `agent`.
 */
import type { Config, KeyName } from '../config/keys.ts';
import type { Value } from '../engine/graph.ts';
import type { PolicyDesign } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';
import type { LearnerConfig } from './learner-config.ts';
import type { Update } from './update.ts';

/** Random numbers [B, SA] that an update needs in addition to its sample; of episodes, in each slot. */
export interface NoiseInput {
  readonly name: string;
  readonly distribution: 'normal' | 'gumbel';
  /** Whether they are for next actions: the slots of obsNext, not of obs. Default false. */
  readonly next?: boolean;
}

/** Next actions, used to compute targets. */
export interface NextActions {
  /** [B, n, A_i] */
  readonly actions: Value;
  /** [B, n, 1]; stochastic actors only. */
  readonly logProbability?: Value;
  /** Actions on the sampled observation, drawn before any step; soft actors only. */
  readonly present?: { readonly actions: Value; readonly logProbability: Value };
}

/** What an algorithm supports beyond what its design shows. Configurations are checked against it. */
export interface Abilities {
  readonly updateOrders: readonly Config['update_order'][];
  readonly toolboxes: readonly Config['dl_toolbox'][];
  /** Whether actors can be ensembles of sub-policies. */
  readonly ensembles: boolean;
  /** Algorithm-specific config keys that this one reads. */
  readonly keys: readonly KeyName[];
}

/** The algorithm's networks with this configuration: a fixed temperature is no network. */
export function designOf(
  { design }: Algorithm,
  { use_automatic_entropy_tuning }: Pick<Config, 'use_automatic_entropy_tuning'>,
): PolicyDesign {
  return design.temperature && !use_automatic_entropy_tuning ? { ...design, temperature: false } : design;
}

/** How a parameter group learns; see the head of this file. */
export interface Algorithm {
  /** Networks of a group where all its temperatures are learned; designOf() says which ones a configuration has. */
  readonly design: PolicyDesign;
  readonly abilities: Abilities;
  noiseInputs(config: LearnerConfig, policy: Policy): readonly NoiseInput[];
  /** Variant of update `iteration` (from 1). Algorithms with delayed updates have several. */
  variantOf?(config: LearnerConfig, iteration: number): string;
  /** Updates per cycle of variants, default 1. The sub-policies of an ensemble alternate after each cycle. */
  period?(config: LearnerConfig): number;
  /** Next actions of a group's agents. */
  next(update: Update, group: ParameterGroup): NextActions;
  /** TD target y of the group's critics, [B, n, 1]. Described for all groups before any optimizer steps. */
  target(update: Update, group: ParameterGroup): Value;
  /** Optimizer steps of the group in order, then its target updates. */
  steps(update: Update, group: ParameterGroup, target: Value): void;
}
