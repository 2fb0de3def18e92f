/**
 * Algorithm: how one parameter group learns, as two descriptions over the engine's graph. It holds no state: a learner
 * (learner.ts) compiles what an algorithm describes and runs it, and may give each group an algorithm of its own.
 * Each algorithm is a file of about a page, named as the key `agent` names it.
 */
import type { Value } from '../engine/graph.ts';
import type { PolicyDesign } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Policy } from '../policy/policy.ts';
import type { LearnerConfig } from './learner-config.ts';
import type { Update } from './update.ts';

/** Random numbers [B, SA] that an update takes beside its sample. */
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

export interface Algorithm {
  /** The networks of a group. */
  readonly design: PolicyDesign;
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
