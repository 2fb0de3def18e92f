/**
 * A lower bound of the memory that networks and their programs take, from sizes alone: what cannot fit is refused before
 * anything is allocated. Follows engine.ts (blocks), network-plan.ts (layers) and memory.ts; leaves out what depends on
 * the algorithm, such as the arrays of its arithmetic.
 */
import { layersOf, recurrentLayersOf, type NetworkSpec } from '../network-spec.ts';
import { SHARDS } from '../sums.ts';
import { BlockLayout } from './block-layout.ts';
import { padded, PANEL, rowStride } from './memory.ts';

/** A network, and how an update uses it. */
export interface NetworkUse {
  readonly spec: NetworkSpec;
  /** Rows per sample, and those in front of recurrent layers and in them. */
  readonly rows: number;
  readonly frontRows: number;
  /** Columns of the input that are one-hot ids. */
  readonly ids: number;
  /** Whether an update computes its outputs, and its gradient. */
  readonly used: boolean;
  readonly trained: boolean;
}

const FLOAT = 4;

/** Blocks of a network in a store: parameters and Adam's two moments. */
export function storedBytes(spec: NetworkSpec): number {
  return 3 * FLOAT * new BlockLayout(spec).length;
}

/**
 * Arrays of a program that uses the network on batches of `size`, in which each slot counts. Each share has a copy of the
 * weights.
 */
export function programBytes(use: NetworkUse, size: number, shares: number): number {
  const { spec, ids, trained, frontRows } = use;
  let floats = trained ? new BlockLayout(spec).length : 0;
  const head = headOf(spec);
  layersOf(spec).forEach(({ inputs, outputs }, l) => {
    const rows = l < head ? frontRows : use.rows;
    const width = l === head ? inputs - ids : inputs;
    floats += shares * width * padded(outputs, PANEL) + size * rows * rowStride(outputs);
    if (!trained) return;
    floats += SHARDS * outputs * width + size * rows * rowStride(outputs);
    if (l > 0) floats += shares * outputs * padded(inputs, PANEL);
  });
  for (const { gates, width } of recurrentLayersOf(spec))
    floats += size * frontRows * (rowStride(gates) + rowStride(width));
  return FLOAT * floats;
}

/** Index of the head's first layer. */
function headOf({ recurrent }: NetworkSpec): number {
  return recurrent?.fc.length ?? 0;
}

/** Products of an update, which decide on the shares. */
export function leastProducts(uses: readonly NetworkUse[], size: number): number {
  const ofSample = ({ spec, rows, frontRows }: NetworkUse): number =>
    layersOf(spec).reduce(
      (sum, { inputs, outputs }, l) => sum + (l < headOf(spec) ? frontRows : rows) * inputs * outputs,
      0,
    );
  return uses.reduce((sum, use) => sum + (use.used ? size * ofSample(use) : 0), 0);
}
