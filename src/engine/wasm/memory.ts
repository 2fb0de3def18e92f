/**
 * The layout of the engine's linear memory, and its allocator. Addresses are bytes.
 *
 *   64 .. 383      control words, on cache lines of their own (below; the kernels have the same numbers)
 *   1024 ..        the kernels' own static data (none today)
 *   65536 ..       arrays, allocated upwards on 64-byte lines and never freed: an engine's end frees all
 *
 * A network's block is its leaves in order, every row of a leaf padded with zeros to a multiple of four numbers (a bias
 * is one row). Layer outputs and deltas have their rows padded (rowStride); arrays of the graph are dense.
 * After every array lie 32 bytes that kernels may read, not write, past its end.
 */

export { ABORTED, CLAIM } from './codes/control-words.ts';

const FIRST_ARRAY = 65536;
const LINE = 64;
const SLACK = 32;
const PAGE = 65536;
/** 2 GiB: addresses stay below 2^31, so that they are plain positive integers on both sides. */
const MAXIMUM_PAGES = 32767;

export class LinearMemory {
  readonly memory = new WebAssembly.Memory({ initial: 4, maximum: MAXIMUM_PAGES, shared: true });
  #end = FIRST_ARRAY;

  /** Address of `bytes` zero bytes. Throws RangeError where the memory is full. */
  allocate(bytes: number): number {
    const address = this.#end;
    this.#end = Math.ceil((address + bytes + SLACK) / LINE) * LINE;
    const missing = this.#end - this.memory.buffer.byteLength;
    if (missing > 0) {
      try {
        this.memory.grow(Math.ceil(missing / PAGE));
      } catch {
        throw new RangeError(
          `engine wasm: expected at most 2 GiB of networks and batches, got ${this.#end} bytes; ` +
            'lower batch_size or the hidden sizes, or use another engine',
        );
      }
    }
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
