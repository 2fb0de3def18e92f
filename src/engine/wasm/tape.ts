/**
 * The tape: the kernel calls of a compiled graph as 32-bit words, [opcode, number of arguments, arguments...].
 * Opcodes and their arguments are in codes/opcodes.ts; assembly/index.ts executes the tape.
 */
import * as OP from './codes/opcodes.ts';

/** What each share of a call touches: its samples, its range of elements, its rows of a gradient, or every element. */
export type Split = 'samples' | 'range' | 'rows' | 'all';

/** An array that a call reads or writes, by address. */
export interface Access {
  readonly at: number;
  readonly split: Split;
}

/** An access that is divided by samples. */
export function bySamples(at: number): Access {
  return { at, split: 'samples' };
}

/** A float32 argument; the others are integers. */
export interface Real {
  readonly real: number;
}

const bits = new DataView(new ArrayBuffer(4));

/** Collects calls, with a barrier between two that access the same array with different splits, unless both only read. */
export class TapeWriter {
  readonly #words: number[];
  readonly #shares: number;
  /** Accesses since the last barrier, by address. */
  readonly #reads = new Map<number, Set<Split>>();
  readonly #writes = new Map<number, Set<Split>>();

  constructor(batchSize: number, shares: number) {
    this.#words = [batchSize];
    this.#shares = shares;
  }

  call(
    op: number,
    args: readonly (number | Real)[],
    reads: readonly Access[],
    writes: readonly Access[],
  ): void {
    const conflict =
      reads.some((access) => differs(this.#writes, access)) ||
      writes.some((access) => differs(this.#writes, access) || differs(this.#reads, access));
    if (conflict && this.#shares > 1) this.#push(OP.barrier, []);
    if (conflict) {
      this.#reads.clear();
      this.#writes.clear();
    }
    for (const { at, split } of reads) note(this.#reads, at, split);
    for (const { at, split } of writes) note(this.#writes, at, split);
    this.#push(op, args);
  }

  finish(): Int32Array {
    this.#push(OP.end, []);
    return Int32Array.from(this.#words);
  }

  #push(op: number, args: readonly (number | Real)[]): void {
    this.#words.push(op, args.length);
    for (const arg of args) {
      if (typeof arg === 'number') {
        this.#words.push(arg);
      } else {
        bits.setFloat32(0, arg.real);
        this.#words.push(bits.getInt32(0));
      }
    }
  }
}

function differs(touched: ReadonlyMap<number, ReadonlySet<Split>>, { at, split }: Access): boolean {
  const before = touched.get(at);
  return before !== undefined && [...before].some((other) => other !== split);
}

function note(touched: Map<number, Set<Split>>, at: number, split: Split): void {
  const splits = touched.get(at) ?? new Set();
  splits.add(split);
  touched.set(at, splits);
}
