/**
 * Batch: B sampled transitions as the learner reads them. Only the arrays; the replay buffer fills them and
 * an engine may own their memory. Everything is float32, flags too (0 or 1), since they enter the arithmetic.
 */
import type { JointSpec } from '../core/joint-spec.ts';
import type { PlayedBy } from '../ensemble/ensemble.ts';

export interface Batch {
  /** B */
  readonly size: number;
  readonly obs: Float32Array; // [B, SO]
  readonly actions: Float32Array; // [B, SA]
  /** The observation that followed, before any reset. */
  readonly obsNext: Float32Array; // [B, SO]
  readonly rewards: Float32Array; // [B, N]
  /** 1 where the agent terminated: no bootstrap. A time limit is not a termination. */
  readonly terminals: Float32Array; // [B, N]
  /** 1 where the agent took part in the step. */
  readonly agentMask: Float32Array; // [B, N]
  /**
   * What the value of the next observation counts: gamma^m where m steps' rewards are summed. Left out, a learner takes
   * its gamma for all.
   */
  readonly discounts?: Float32Array; // [B]
  /** What each sample counts in a critic's loss, with prioritised replay. Left out, all count 1. */
  readonly weights?: Float32Array; // [B]
  /** With action masks: 1 where the action was allowed, and where it is on the next observation. */
  readonly actionMask?: Float32Array; // [B, SA]
  readonly actionMaskNext?: Float32Array; // [B, SA]
  /** Of an ensemble: marks of the sub-policies that played the transitions (core/ensemble.ts). */
  readonly marks?: Float32Array; // [B, K SA]
  /** Of an ensemble: the sub-policy whose episodes the transitions have to come from. */
  readonly playedBy?: PlayedBy;
}

/** A batch of `size` zero transitions in memory of its own, without discounts. */
export function createBatch(spec: JointSpec, size: number): Batch {
  const n = spec.agents.length;
  return {
    size,
    obs: new Float32Array(size * spec.obsTotal),
    actions: new Float32Array(size * spec.actTotal),
    obsNext: new Float32Array(size * spec.obsTotal),
    rewards: new Float32Array(size * n),
    terminals: new Float32Array(size * n),
    agentMask: new Float32Array(size * n),
  };
}
