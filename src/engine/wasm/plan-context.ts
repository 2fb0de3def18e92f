/** What the plans of one program share. */
import type { InputPart } from '../lowering.ts';
import type { Arena } from './memory.ts';
import type { TapeWriter } from './tape.ts';

/** An input part and the address of its dense values; 0 for ids. */
export interface PartPlan extends InputPart {
  readonly at: number;
}

export interface PlanContext {
  /** The program's own arrays. */
  readonly arena: Arena;
  readonly tape: TapeWriter;
  readonly batchSize: number;
  /** Number of shares into which the work between two barriers is divided. Each has its own buffers. */
  readonly shares: number;
  /** Address of a temporary buffer; calls with the same purpose and size get the same one. */
  scratch(purpose: string, floats: number): number;
  /** True on the first call with this key since the network's parameters changed. */
  mustPack(network: string, key: string): boolean;
}

/** What matmul adds before the activation: one row, or a table with one row per row of a sample. */
export interface Bias {
  readonly at: number;
  readonly perShare: number;
  /** Bytes between rows of the table; 0 for a single row. */
  readonly stride: number;
}

/** Initial sums of a matmul: one row per row, or one shared by the rows of a sample. */
export interface Start {
  readonly at: number;
  readonly shared: boolean;
}
