/** The sample argument of update_rnn(): episodes, each array a list over them. Read as those of update() (sample.ts). */
import { described } from '../core/described.ts';
import type { JointSpec } from '../core/joint-spec.ts';
import { UserError } from '../core/user-error.ts';
import type { SampleEpisodes } from '../learners/sample.ts';
import { isArray, readSequences, requireAllowed, type AgentArrays } from './sample.ts';

/** Of each of B episodes, an array with a row for each slot: [B][T][N][width], [B][T][sum of widths] or [B][flat]. */
export type AgentSequences<T = number> = ArrayLike<AgentArrays<T>>;

/** B episodes of up to T steps. Behind an episode's end, its arrays hold any finite numbers. */
export interface SequenceSample {
  /** [B][T + 1][N][O_i]; the observation after the last step is in the slot behind it. */
  readonly obs: AgentSequences;
  /** [B][T][N][A_i]; a discrete action has one number per choice, one-hot or relaxed. */
  readonly actions: AgentSequences;
  /** [B][T][N] */
  readonly rewards: AgentSequences;
  /** [B][T][N], 0 and 1 or booleans: true terminations, not time limits. */
  readonly terminals: AgentSequences<number | boolean>;
  /** [B][T][N], 0 and 1 or booleans: whether the agent was active. */
  readonly agent_mask: AgentSequences<number | boolean>;
  /** [B][T], 0 and 1 or booleans: whether the step is one of the episode. */
  readonly filled: ArrayLike<ArrayLike<number | boolean>>;
  /** Discount of the bootstrap value, [B][T]. Default gamma. */
  readonly discounts?: ArrayLike<ArrayLike<number>>;
  /** Which actions are allowed, [B][T + 1][N][A_i], 0 and 1 or booleans; behind the end 1. Default all. */
  readonly action_mask?: AgentSequences<number | boolean>;
}

/**
 * Copies a sample into the episodes that `arraysFor(size, steps, masked)` returns, masked if the sample has action masks.
 * Throws UserError if an array is missing, has the wrong size or contains anything but finite numbers.
 */
export function readSequenceSample(
  sample: unknown,
  { agents }: JointSpec,
  gamma: number,
  arraysFor: (size: number, steps: number, masked: boolean) => SampleEpisodes,
): SampleEpisodes {
  if (typeof sample !== 'object' || sample === null)
    throw new UserError(`expected a sample such as { obs, actions, ... }, got ${described(sample)}`);
  const { filled, action_mask, discounts, ...given } = sample as Readonly<Record<string, unknown>>;
  const first = isArray(filled) ? filled[0] : undefined;
  if (!isArray(filled) || !isArray(first) || first.length === 0)
    throw new UserError(`filled: expected B x T flags such as [[1, 1, 0]], got ${described(filled)}`);
  const [size, steps] = [filled.length, first.length];
  const batch = arraysFor(size, steps, action_mask !== undefined);
  const obs = agents.map(({ obsWidth }) => obsWidth);
  const actions = agents.map(({ actWidth }) => actWidth);
  const one = agents.map(() => 1);
  const read = (name: string, out: Float32Array, widths: readonly number[], flags = false): void => {
    readSequences(given[name], size, out, { name, widths, flags });
  };
  read('obs', batch.obs, obs);
  read('actions', batch.actions, actions);
  read('rewards', batch.rewards, one);
  read('terminals', batch.terminals, one, true);
  read('agent_mask', batch.agentMask, one, true);
  const there = new Float32Array(size * steps);
  readSequences(filled, size, there, { name: 'filled', widths: [1], flags: true });
  for (let k = 0; k < batch.agentMask.length; k++)
    batch.agentMask[k]! *= there[Math.floor(k / agents.length)]!;
  if (discounts === undefined) batch.discounts.fill(gamma);
  else readSequences(discounts, size, batch.discounts, { name: 'discounts', widths: [1] });
  if (action_mask !== undefined) {
    const columns = { name: 'action_mask', widths: actions, flags: true };
    readSequences(action_mask, size, batch.actionMask!, columns);
    requireAllowed({ ...columns, row: 'slot' }, batch.actionMask!);
  }
  return batch;
}
