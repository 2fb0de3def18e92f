/**
 * The layout of the engine's linear memory, and its allocator. Addresses are bytes.
 *
 *   64 .. 383      control words, on cache lines of their own (below; the kernels have the same numbers)
 *   1024 ..        the kernels' own static data (none today)
 *   65536 ..       arrays on 64-byte lines: those of a program are freed with it, networks with the engine
 *
 * A network's block is its leaves in order, every row of a leaf padded with zeros to a multiple of four numbers (a bias
 * is one row). Layer outputs and deltas have their rows padded (rowStride); arrays of the graph are dense.
 * After every array lie 32 bytes that kernels may read, not write, past its end.
 */

/** Sections opened so far, times 16, plus the shares that are claimed of the last one. Workers sleep on it. */
export const CLAIM = 64;
/** Shares finished, over all runs; the main thread sleeps on it. */
export const FINISHED = 128;
/** What the open section is: address of its tape, its own address, its number of shares, and where the next one is. */
export const SECTION = 192;
/** Not zero: give up waiting and end. */
export const ABORTED = 256;
/** Workers asleep. */
export const ASLEEP = 320;

const FIRST_ARRAY = 65536;
const LINE = 64;
const SLACK = 32;
const PAGE = 65536;
/** 2 GiB: addresses stay below 2^31, so that they are plain positive integers on both sides. */
const MAXIMUM_PAGES = 32767;

/** A range of addresses, whole lines. */
interface Range {
  readonly address: number;
  readonly bytes: number;
}

export class LinearMemory {
  readonly memory = new WebAssembly.Memory({ initial: 4, maximum: MAXIMUM_PAGES, shared: true });
  #end = FIRST_ARRAY;
  /** What is free below the end, by address; no two are neighbours. */
  #holes: Range[] = [];

  /** Address of `bytes` zero bytes. Throws RangeError where the memory is full. */
  allocate(bytes: number): number {
    const size = sizeOf(bytes);
    const k = this.#holes.findIndex((hole) => hole.bytes >= size);
    if (k < 0) return this.#extend(size);
    const { address, bytes: free } = this.#holes[k]!;
    const rest = free > size ? [{ address: address + size, bytes: free - size }] : [];
    this.#holes.splice(k, 1, ...rest);
    new Uint8Array(this.memory.buffer, address, size).fill(0);
    return address;
  }

  /** Takes back what allocate(bytes) gave. */
  free(address: number, bytes: number): void {
    const before = this.#holes.filter((hole) => hole.address < address);
    const after = this.#holes.slice(before.length);
    let end = address + sizeOf(bytes);
    const [left, right] = [before.at(-1), after[0]];
    if (left && left.address + left.bytes === address) address = before.pop()!.address;
    if (right?.address === end) end += after.shift()!.bytes;
    this.#holes = [...before, { address, bytes: end - address }, ...after];
  }

  #extend(size: number): number {
    const address = this.#end;
    const end = address + size;
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0) {
      try {
        this.memory.grow(Math.ceil(missing / PAGE));
      } catch {
        throw new RangeError(
          `engine wasm: expected at most 2 GiB of networks and batches, got ${end} bytes; ` +
            'lower batch_size or the hidden sizes, or use another engine',
        );
      }
    }
    this.#end = end;
    return address;
  }

  /** Address of `length` zero float32 numbers. */
  floats(length: number): number {
    return this.allocate(length * 4);
  }

  /** The numbers at an address. A view made before the memory grew stays valid. */
  view(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  words(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }
}

/** Arrays that are freed together: those of one program. */
export class Arena {
  readonly #memory: LinearMemory;
  readonly #arrays: Range[] = [];

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  allocate(bytes: number): number {
    const address = this.#memory.allocate(bytes);
    this.#arrays.push({ address, bytes });
    return address;
  }

  /** Address of `length` zero float32 numbers. */
  floats(length: number): number {
    return this.allocate(length * 4);
  }

  free(): void {
    for (const { address, bytes } of this.#arrays.splice(0)) this.#memory.free(address, bytes);
  }
}

/** Bytes that an array of so many takes up, with what kernels may read past its end. */
function sizeOf(bytes: number): number {
  return padded(bytes + SLACK, LINE);
}

/** n rounded up to a multiple of `to`. */
export function padded(n: number, to: number): number {
  return Math.ceil(n / to) * to;
}

/**
 * Elements between rows of a matrix of layer outputs or deltas: whole panels of eight, and a cache line more where rows
 * are a multiple of 512 bytes: rows that far apart would share a few sets of the first-level cache.
 */
export function rowStride(columns: number): number {
  const whole = padded(columns, 8);
  return whole % 128 === 0 ? whole + 16 : whole;
}
