/** What the plans of one program share, and what a network's input rows are made of. */
import type { Arena } from './memory.ts';
import type { TapeWriter } from './tape.ts';

/** One part of the input rows, dense in memory. */
export interface PartPlan {
  readonly kind: 'shared' | 'rows' | 'ids';
  readonly at: number;
  readonly width: number;
  /** First column in W0. */
  readonly column: number;
  readonly ids: readonly number[];
}

/** What network plans of one program share. */
export interface PlanContext {
  /** The program's own arrays. */
  readonly arena: Arena;
  readonly tape: TapeWriter;
  readonly batchSize: number;
  /** Shares that the work between two barriers falls into: each has buffers of its own. */
  readonly shares: number;
  /** Buffers that one call fills and a later one reads, by what they are for: reused where that is the same. */
  scratch(purpose: string, floats: number): number;
  /** Panels packed from a network's present parameters: true the first time since they changed. */
  mustPack(network: string, key: string): boolean;
}

/** What matmul adds before an activation: one row, or a table with a row for each row of a sample. */
export interface Bias {
  readonly at: number;
  readonly perShare: number;
  /** Bytes between the table's rows; 0 for a single row. */
  readonly stride: number;
}

/** Sums that matmul goes on from: a row for each row, or one shared by the rows of a sample. */
export interface Start {
  readonly at: number;
  readonly shared: boolean;
}
