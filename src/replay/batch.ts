/**
 * Batch: B sampled transitions for the learner, or EpisodeBatch: B episodes. The replay buffer fills the arrays; an engine may own their memory. All
 * float32, including flags (0 or 1), which enter the arithmetic.
 */
import type { JointSpec } from '../core/joint-spec.ts';
import type { PlayedBy } from '../ensemble/ensemble.ts';

/** B sampled transitions of all agents. */
export interface Batch {
  /** B */
  readonly size: number;
  readonly obs: Float32Array; // [B, SO]
  readonly actions: Float32Array; // [B, SA]
  /** Next observation, before any reset. */
  readonly obsNext: Float32Array; // [B, SO]
  readonly rewards: Float32Array; // [B, N]
  /** 1 if the agent terminated: no bootstrap. Time limits are not terminations. */
  readonly terminals: Float32Array; // [B, N]
  /** 1 if the agent was active in the step. */
  readonly agentMask: Float32Array; // [B, N]
  /**
   * Discount of the bootstrap value: gamma^m for m-step returns. Default: the learner's gamma.
   */
  readonly discounts?: Float32Array; // [B]
  /** Importance weights in critic losses, with prioritized replay. Default 1. */
  readonly weights?: Float32Array; // [B]
  /** With action masks: 1 where the action was allowed, and where it is on the next observation. */
  readonly actionMask?: Float32Array; // [B, SA]
  readonly actionMaskNext?: Float32Array; // [B, SA]
  /** Ensembles: marks of the sub-policies that played the transitions (ensemble/ensemble.ts). */
  readonly marks?: Float32Array; // [B, K SA]
  /** Ensembles: the sub-policy whose episodes the transitions must come from. */
  readonly playedBy?: PlayedBy;
}

/**
 * B sampled episodes of all agents, or sequences in them, for recurrent networks: T steps each, of which shorter ones do not
 * fill all. Behind an episode's end, `agentMask` is 0 and the other arrays hold any finite numbers. The observation after the
 * last step stands in the slot that follows it.
 */
export interface EpisodeBatch {
  /** B */
  readonly size: number;
  /** T */
  readonly steps: number;
  readonly obs: Float32Array; // [B, T + 1, SO]
  readonly actions: Float32Array; // [B, T, SA]
  readonly rewards: Float32Array; // [B, T, N]
  readonly terminals: Float32Array; // [B, T, N]
  /** 1 if the agent was active in the step; 0 behind the end. */
  readonly agentMask: Float32Array; // [B, T, N]
  /** Default: the learner's gamma. */
  readonly discounts?: Float32Array; // [B, T]
  /** With action masks: 1 where the action is allowed. */
  readonly actionMask?: Float32Array; // [B, T + 1, SA]
  /** Of sequences, which may begin within an episode. Whole episodes begin with states of zero. */
  readonly before?: Before;
}

/** What comes before the first step of B sequences. */
export interface Before {
  /** The states of the acting policy in front of it all, by name (policy/recurrent-states.ts), [B, n, width]. */
  readonly states: Readonly<Record<string, Float32Array>>;
  readonly burnIn?: BurnIn;
}

/** K steps behind these states, which move them on to the first learned step and are not learned from. */
export interface BurnIn {
  /** K */
  readonly steps: number;
  readonly obs: Float32Array; // [B, K, SO]
  readonly actions: Float32Array; // [B, K, SA]
  /** 0 where a sequence begins its episode, with states of zero whatever the other arrays hold; else 1. */
  readonly present: Float32Array; // [B]
}

/** Allocates a zero batch of `size` transitions, without discounts. */
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
