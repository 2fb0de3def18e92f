/**
 * Plans the gradients of parameters: sums over the rows of each shard, and their reduction in shard order. Every function emits
 * the former and returns what emits the latter, so that a plan can emit all reductions behind one barrier.
 */
import { SHARDS } from '../sums.ts';
import * as OP from './codes/opcodes.ts';
import { padded, PANEL } from './memory.ts';
import { bySamples, type TapeWriter } from './tape.ts';

export interface SumContext {
  readonly tape: TapeWriter;
  /** Address of a temporary buffer for this purpose. */
  readonly scratch: (purpose: string, floats: number) => number;
}

/** A matrix of rows: so many per sample, `stride` bytes apart, of which these columns. */
export interface RowsOf {
  readonly rows: number;
  /** Address of the array, and of the columns in its first row. */
  readonly at: number;
  readonly address: number;
  readonly stride: number;
  readonly columns: number;
}

/** Where a gradient goes: the address of the network's gradient, that of its first number, and bytes between its rows. */
export interface GradientPlace {
  readonly at: number;
  readonly address: number;
  readonly stride: number;
}

/** dW[o, c] = sum over rows of delta[row, o] x[row, c]. */
export function weightGradient(
  { tape, scratch }: SumContext,
  purpose: string,
  delta: RowsOf,
  x: RowsOf,
  to: GradientPlace,
): () => void {
  const outputs = delta.columns;
  const columns = padded(x.columns, PANEL);
  const perShard = outputs * columns * 4;
  const partial = scratch(`${purpose} shards`, SHARDS * outputs * columns);
  tape.call(
    OP.weightGradient,
    [
      ...[delta.rows, delta.address, delta.stride, outputs, x.address, x.stride, columns / PANEL],
      ...[partial, perShard, columns * 4],
    ],
    [bySamples(delta.at), bySamples(x.at)],
    [bySamples(partial)],
  );
  return () => {
    reduce(tape, [outputs, x.columns, partial, perShard, columns * 4, to.address, to.stride], partial, to);
  };
}

/**
 * db[o] = sum over rows offset, offset + step, ... of each sample of delta[row, o], default all rows: a row of the gradient, or a
 * column if the place has a stride.
 */
export function rowGradient(
  { tape, scratch }: SumContext,
  purpose: string,
  delta: RowsOf,
  to: GradientPlace,
  { offset, step }: { readonly offset: number; readonly step: number } = { offset: 0, step: 1 },
): () => void {
  const outputs = delta.columns;
  const columns = padded(outputs, PANEL);
  const partial = scratch(`${purpose} shards`, SHARDS * columns);
  tape.call(
    OP.sumDown,
    [delta.rows, offset, step, delta.address, delta.stride, partial, columns * 4, columns / 4],
    [bySamples(delta.at)],
    [bySamples(partial)],
  );
  return () => {
    // A column of W: rows of one number each.
    const shape =
      to.stride === 0 ? [1, outputs, partial, columns * 4, 0] : [outputs, 1, partial, columns * 4, 4];
    reduce(tape, [...shape, to.address, to.stride], partial, to);
  };
}

function reduce(tape: TapeWriter, args: readonly number[], partial: number, { at }: GradientPlace): void {
  tape.call(OP.reduceShards, args, [{ at: partial, split: 'rows' }], [{ at, split: 'rows' }]);
}
