/**
 * Layout and allocator of the engine's linear memory. Addresses are in bytes.
 *
 *   64 .. 383      control words (codes/control-words.ts)
 *   1024 ..        static data of the kernels (currently none)
 *   65536 ..       arrays, aligned to 64 bytes: those of a program are freed with it, networks with the engine
 *
 * A network's block is its leaves in order, each row zero-padded to a multiple of four numbers (a bias is one row;
 * block-layout.ts). Rows of layer outputs and deltas are padded too (rowStride); arrays of the graph are dense. Every
 * array is followed by 32 bytes that kernels may read but not write.
 */
import { UserError } from '../../core/user-error.ts';

const FIRST_ARRAY = 65536;
const LINE = 64;
const SLACK = 32;
const PAGE = 65536;
/** 2 GiB, so that addresses are positive as signed 32-bit integers. */
const MAXIMUM_PAGES = 32767;

/**
 * 256 MiB: all there is without threads. Memory that is not shared would move as it grows, away from its views; its pages are
 * provided as they are used.
 */
const UNSHARED_PAGES = 4096;

/** Most bytes of networks and programs, in memory that threads share. */
export const MOST_BYTES = MAXIMUM_PAGES * PAGE - FIRST_ARRAY;

/** A range of addresses, whole lines. */
interface Range {
  readonly address: number;
  readonly bytes: number;
}

export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  readonly #pages: number;
  #end = FIRST_ARRAY;
  /** What is free below the end, by address; no two are neighbours. */
  #holes: Range[] = [];

  /** `shared`: for several threads, as the kernels that run on it must be built. */
  constructor(shared = true) {
    this.#pages = shared ? MAXIMUM_PAGES : UNSHARED_PAGES;
    this.memory = shared ? sharedMemory() : unsharedMemory();
  }

  /** Allocates `bytes` zero bytes and returns their address. Throws UserError (exit code 1) if the memory is full. */
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
      if (end > this.#pages * PAGE) {
        const most = this.#pages === MAXIMUM_PAGES ? '2 GiB' : '256 MiB';
        throw tooLarge(
          `at most ${most} of networks and batches, got ${end} bytes`,
          ', or use another engine',
        );
      }
      try {
        this.memory.grow(Math.ceil(missing / PAGE));
      } catch {
        throw tooLarge(`${end} bytes for networks and batches, got less from the system`);
      }
    }
    this.#end = end;
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

function tooLarge(mismatch: string, otherwise = ''): UserError {
  return new UserError(
    `engine wasm: expected ${mismatch}; lower batch_size or the hidden sizes${otherwise}`,
    { exitCode: 1 },
  );
}

/** Reserves addresses for all of it at once, as memory that threads share cannot move. */
function sharedMemory(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 4, maximum: MAXIMUM_PAGES, shared: true });
  } catch {
    throw new UserError(
      'engine wasm: expected 2 GiB of addresses, got fewer; raise the limit (ulimit -v), or set engine: reference',
      { exitCode: 1 },
    );
  }
}

function unsharedMemory(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: UNSHARED_PAGES, maximum: UNSHARED_PAGES, shared: false });
  } catch {
    throw new UserError('engine wasm: expected 256 MiB of memory, got less; close other pages', {
      exitCode: 1,
    });
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

/** Columns of a panel of packed weights. */
export const PANEL = 8;

/** n rounded up to a multiple of `to`. */
export function padded(n: number, to: number): number {
  return Math.ceil(n / to) * to;
}

/**
 * Elements between rows of a matrix of layer outputs or deltas: whole panels, plus a cache line if the row
 * is a multiple of 512 bytes, because such rows would compete for a few sets of the L1 cache.
 */
export function rowStride(columns: number): number {
  const whole = padded(columns, PANEL);
  return whole % 128 === 0 ? whole + 16 : whole;
}
