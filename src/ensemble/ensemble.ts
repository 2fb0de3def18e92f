/**
 * Policy ensembles: in every episode each parameter group acts by one of its sub-policies. This file says which: as
 * indices (rollout, replay) and as marks on the columns of joint actions (graphs). Their networks are in sub-policies.ts.
 */
import type { FastStream } from '../core/random.ts';

/** The groups of an ensemble, G of them, with K sub-policies each. */
export interface Ensemble {
  /** K */
  readonly size: number;
  /** G */
  readonly groups: number;
  /** The group of the agent whose action stands in each column, [SA] */
  readonly groupOfColumn: Uint8Array;
}

/** A sub-policy of one group. */
export interface PlayedBy {
  /** Index of the group. */
  readonly group: number;
  readonly subPolicy: number;
}

/** Draws who plays the next episode of environment `row`, independently for every group. `players`: [E, G] */
export function drawPlayers(
  { size, groups }: Ensemble,
  stream: Pick<FastStream, 'below'>,
  row: number,
  players: Uint8Array,
): void {
  for (let g = 0; g < groups; g++) players[row * groups + g] = stream.below(size);
}

/**
 * Marks who plays in row `row` of `marks` [., K SA]: column k SA + c is 1 where the group of column c acts by
 * sub-policy k, else 0. The group's index stands in `players` at `from`.
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
