/**
 * Algorithm: how one parameter group learns, described on the engine's graph. It is stateless: a learner (learner.ts)
 * compiles and runs the description, and each group may have a different algorithm. One file each, named after the
 * value of the key `agent`.
 */
import type { Config, KeyName } from '../config/keys.ts';
import type { Value } from '../engine/graph.ts';
import type { PolicyDesign } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';
import type { LearnerConfig } from './learner-config.ts';
import type { Update } from './update.ts';

/** Random numbers [B, SA] that an update needs besides its sample. */
export interface NoiseInput {
  readonly name: string;
  readonly distribution: 'normal' | 'gumbel';
}

/** Actions on the next observation, from which targets are computed. */
export interface NextActions {
  /** [B, n, A_i] */
  readonly actions: Value;
  /** [B, n, 1], where actions are drawn. */
  readonly logProbability?: Value;
}

/** What an algorithm supports, as far as its design does not show it. Configurations are checked against it. */
export interface Abilities {
  readonly updateOrders: readonly Config['update_order'][];
  readonly toolboxes: readonly Config['dl_toolbox'][];
  /** Whether its actors can be ensembles of sub-policies. */
  readonly ensembles: boolean;
  /** Config keys that only some algorithms read, this one among them. */
  readonly keys: readonly KeyName[];
}

export interface Algorithm {
  /** The networks of a group. */
  readonly design: PolicyDesign;
  readonly abilities: Abilities;
  noiseInputs(config: LearnerConfig, policy: Policy): readonly NoiseInput[];
  /** Which variant of the update the one numbered `iteration` (from 1) is; delayed algorithms have several. */
  variantOf?(config: LearnerConfig, iteration: number): string;
  /** Updates until all variants have had their turn, 1 if left out: an ensemble's sub-policies take turns by so many. */
  period?(config: LearnerConfig): number;
  /** Actions of a group's agents on the next observation. */
  next(update: Update, group: ParameterGroup): NextActions;
  /** y, [B, n, 1]: what the group's critics should say. Described for all groups before any of them steps. */
  target(update: Update, group: ParameterGroup): Value;
  /** The steps of the group's optimizers in order, and last the move of its targets. */
  steps(update: Update, group: ParameterGroup, target: Value): void;
}
