/**
 * The temporal difference errors that prioritised replay draws by: how far the critics were off on each sample. Critics'
 * losses (losses.ts) leave them behind as outputs of the update; this reads them back as one number a sample.
 */
import type { Program } from '../engine/engine.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Batch } from '../replay/batch.ts';

/** The errors of one critic of a group, 0 where an agent took no part. */
export interface ErrorOutput {
  readonly name: string;
  readonly group: ParameterGroup;
  /** A row for each agent of the group, or one that stands for all of them: [B, rows, 1]. */
  readonly rows: number;
}

/**
 * Mean over the agents that took part of |error|, [B] into `out`; of a group with several critics their mean counts.
 * Reads what the last run of `program` on `batch` has left.
 */
export function readErrors(
  program: Program,
  outputs: readonly ErrorOutput[],
  { size, agentMask }: Batch,
  out: Float32Array,
): void {
  const agents = agentMask.length / size;
  const critics = outputs.map(({ name, group, rows }) => ({
    ...{ errors: program.output(name), group, rows },
    share: 1 / outputs.filter((other) => other.group === group).length,
  }));
  for (let b = 0; b < size; b++) {
    let sum = 0;
    for (const { errors, group, rows, share } of critics) {
      let off = 0;
      for (let row = b * rows; row < (b + 1) * rows; row++) off += Math.abs(errors[row]!);
      if (rows < group.agents.length)
        off *= group.agents.reduce((active, i) => active + agentMask[b * agents + i]!, 0);
      sum += share * off;
    }
    let active = 0;
    for (let i = b * agents; i < (b + 1) * agents; i++) active += agentMask[i]!;
    out[b] = sum / Math.max(active, 1);
  }
}
