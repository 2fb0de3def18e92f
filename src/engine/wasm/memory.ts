/**
 * Layout and allocator of the engine's linear memory. Addresses are in bytes.
 *
 *   64 .. 383      control words (codes/control-words.ts)
 *   1024 ..        static data of the kernels (currently none)
 *   65536 ..       arrays, allocated upwards, aligned to 64 bytes, never freed individually
 *
 * A network's block is its leaves in order, each row zero-padded to a multiple of four numbers (a bias is one row;
 * block-layout.ts). Rows of layer outputs and deltas are padded too (rowStride); arrays of the graph are dense. Every
 * array is followed by 32 bytes that kernels may read but not write.
 */

const FIRST_ARRAY = 65536;
const LINE = 64;
const SLACK = 32;
const PAGE = 65536;
/** 2 GiB, so that addresses are positive as signed 32-bit integers. */
const MAXIMUM_PAGES = 32767;

export class LinearMemory {
  readonly memory = new WebAssembly.Memory({ initial: 4, maximum: MAXIMUM_PAGES, shared: true });
  #end = FIRST_ARRAY;

  /** Allocates `bytes` zero bytes and returns their address. Throws RangeError if the memory is full. */
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

  /** Allocates `length` float32 zeros and returns their address. */
  floats(length: number): number {
    return this.allocate(length * 4);
  }

  /** A view of `length` float32 values. Stays valid when the memory grows. */
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
 * Elements between rows of a matrix of layer outputs or deltas: whole panels of eight, plus a cache line if the row
 * is a multiple of 512 bytes, because such rows would compete for a few sets of the L1 cache.
 */
export function rowStride(columns: number): number {
  const whole = padded(columns, 8);
  return whole % 128 === 0 ? whole + 16 : whole;
}
