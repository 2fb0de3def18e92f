/**
 * Policy ensembles: in each episode, each parameter group plays one of its sub-policies. Recorded as indices (rollout,
 * replay) and as one-hot marks over joint action columns (graphs). The networks are in sub-policies.ts.
 */
import type { FastStream } from '../core/random.ts';

/** An ensemble: G groups with K sub-policies each. */
export interface Ensemble {
  /** K */
  readonly size: number;
  /** G */
  readonly groups: number;
  /** Group index of each joint action column, [SA] */
  readonly groupOfColumn: Uint16Array;
}

/** A sub-policy of one group. */
export interface PlayedBy {
  /** Index of the group. */
  readonly group: number;
  readonly subPolicy: number;
}

/** Draws each group's sub-policy, independently, for the next episode of environment `row`. `players`: [E, G] */
export function drawPlayers(
  { size, groups }: Ensemble,
  stream: Pick<FastStream, 'below'>,
  row: number,
  players: Uint8Array,
): void {
  for (let g = 0; g < groups; g++) players[row * groups + g] = stream.below(size);
}

/**
 * Fills row `row` of `marks` [., K SA]: column k SA + c is 1 if the group of action column c plays sub-policy k, else 0.
 * Reads sub-policies from players[from .. from + G).
 */
export function markPlayers(
  { size, groupOfColumn }: Ensemble,
  players: Readonly<ArrayLike<number>>,
  from: number,
  marks: Float32Array,
  row: number,
): void {
  const columns = groupOfColumn.length;
  let at = row * size * columns;
  for (let k = 0; k < size; k++)
    for (let c = 0; c < columns; c++) {
      marks[at] = players[from + groupOfColumn[c]!] === k ? 1 : 0;
      at += 1;
    }
}
