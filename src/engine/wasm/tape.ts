/**
 * A tape: the kernel calls of a compiled graph as 32-bit words, [opcode, number of arguments, arguments...]. The order
 * of arguments of each opcode stands here and in assembly/index.ts, which runs it.
 */

/** Opcodes; assembly/index.ts has the same numbers. */
export const OP = {
  end: 0,
  barrier: 1,
  /** w ldw outputs k out perShare */
  packForward: 2,
  /** w ldw outputs k out perShare */
  packBackward: 3,
  /** n a lda k b perShare columns c ldc init ldi shared finish bias biasPerShare ldb y ldy activation slope */
  matmul: 4,
  /** n d ldd outputs x ldx panels g perShard ldg */
  weightGradient: 5,
  /** n offset step d ldd g perShard vectors */
  sumDown: 6,
  /** n src dst ld vectors */
  sumOfRows: 7,
  /** rows width src perShard srcRow srcColumn dst dstRow */
  reduceShards: 8,
  /** rows bias w ldw out perShare outputs ldo, then the id of each row */
  biasOfIds: 9,
  /** n src srcSample srcRow dst dstSample dstRow width */
  copyRows: 10,
  /** n width upstream y dst ld activation slope */
  seedDelta: 11,
  /** split count operation by x out */
  unary: 12,
  /** split count operation x strideX y strideY out */
  binary: 13,
  /** split count x out */
  fill: 14,
  /** n x out */
  sum: 15,
  /** out lanes perShare blocks, then n and x of each block */
  norm: 16,
  /** n p m v g stepSize correction beta1 rest1 beta2 rest2 epsilon decay */
  adam: 17,
  /** n target online tau */
  track: 18,
  /** split count low high x out */
  clip: 19,
  /** n width oneHot x out */
  rowwise: 20,
  /** n width x out */
  rowSum: 21,
  /** n width x out */
  repeat: 22,
  /** n width x gain shift rates out epsilon */
  normalize: 23,
  /** n width upstream x gain rates out */
  normalizeInput: 24,
  /** n width upstream x rates g perShard half */
  normalizeParameters: 25,
} as const;

/**
 * Which part of an array a call touches in each share: its own samples, its own range of elements, its own rows
 * of a gradient, or every element in every share alike.
 */
export type Split = 'samples' | 'range' | 'rows' | 'all';

/** An array that a call reads or writes, by address. */
export interface Access {
  readonly at: number;
  readonly split: Split;
}

/** A float32 among a call's arguments, which are integers otherwise. */
export interface Real {
  readonly real: number;
}

const bits = new DataView(new ArrayBuffer(4));

/** Collects calls and puts a barrier between two that touch the same array in different parts, unless both only read. */
export class TapeWriter {
  readonly #words: number[];
  readonly #shares: number;
  /** What was touched since the last barrier, by address. */
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
