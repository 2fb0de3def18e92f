/**
 * TD errors for prioritized replay. Critic losses (losses.ts) output them per agent; this reduces them to one per sample.
 */
import type { Program } from '../engine/engine.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import type { Batch } from '../replay/batch.ts';

/** TD errors of one critic of a group, 0 for inactive agents. */
export interface ErrorOutput {
  readonly name: string;
  readonly group: ParameterGroup;
  /** One row per agent of the group, or one shared by all: [B, rows, 1]. */
  readonly rows: number;
}

/**
 * Writes |TD error| averaged over active agents to `out` [B]; twin critics are averaged. Reads the outputs of the last run
 * of `program`.
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
