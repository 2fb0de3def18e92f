/** The linear memory of the wasm engine: what is freed is used again, as if it were new. */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../../src/core/user-error.ts';
import { GraphBuilder } from '../../../src/engine/builder.ts';
import { WasmEngine } from '../../../src/engine/wasm/engine.ts';
import { nodeHost } from '../../../src/engine/wasm/host-node.ts';
import { Arena, LinearMemory } from '../../../src/engine/wasm/memory.ts';

/** Bytes that kernels may read past the end of an array. */
const SLACK = 32;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('LinearMemory', () => {
  it('lays arrays one after the other on cache lines, 32 bytes and more apart', () => {
    const memory = new LinearMemory();
    expect([1, 32, 33, 96, 97, 0].map((bytes) => memory.allocate(bytes))).toEqual(
      [0, 64, 128, 256, 384, 576].map((offset) => 65536 + offset),
    );
  });

  it('gives freed bytes again, zero and in whole lines, the lowest that are wide enough', () => {
    const memory = new LinearMemory();
    const [a, b, c, d] = [100, 400, 200, 50].map((bytes) => memory.allocate(bytes));
    memory.view(b!, 100).fill(7);
    memory.free(b!, 400);
    expect(memory.allocate(417)).toBeGreaterThan(d!); // 448 bytes are free, 32 of them slack
    expect(memory.allocate(100)).toBe(b);
    expect(memory.allocate(100)).toBe(b! + 192);
    expect([...memory.view(b!, 25), ...memory.view(b! + 192, 25)]).toEqual(new Array(50).fill(0));
    // Neighbours become one, whichever is freed first.
    memory.free(b!, 100);
    memory.free(c!, 200);
    memory.free(a!, 100);
    memory.free(b! + 192, 100);
    expect(memory.allocate(d! - a! - SLACK)).toBe(a);
  });

  it('never gives the same bytes twice, nor any that are not zero, and is whole again when all are freed', () => {
    const step = fc.record({ bytes: fc.integer({ min: 0, max: 3000 }), frees: fc.option(fc.nat()) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memory = new LinearMemory();
        const arrays: { address: number; bytes: number }[] = [];
        const bytesOf = ({ address, bytes }: { address: number; bytes: number }): Uint8Array =>
          new Uint8Array(memory.memory.buffer, address, bytes + SLACK);
        steps.forEach(({ bytes, frees }, k) => {
          const array = { address: memory.allocate(bytes), bytes };
          expect(array.address % 64).toBe(0);
          expect(bytesOf(array).every((x) => x === 0)).toBe(true);
          bytesOf(array).fill(k + 1);
          arrays.push(array);
          if (frees === null) return;
          const [freed] = arrays.splice(frees % arrays.length, 1);
          const mark = bytesOf(freed!)[0];
          expect(bytesOf(freed!).every((x) => x === mark)).toBe(true);
          memory.free(freed!.address, freed!.bytes);
        });
        const last = memory.allocate(0);
        memory.free(last, 0);
        for (const { address, bytes } of arrays) memory.free(address, bytes);
        expect(memory.allocate(last - 65536)).toBe(65536);
      }),
    );
  });

  it('is as full as before where an allocation fails', () => {
    const memory = new LinearMemory();
    const first = memory.allocate(64);
    expect(() => memory.allocate(2 ** 31)).toThrow(
      `engine wasm: expected at most 2 GiB of networks and batches, got ${first + 128 + 2 ** 31 + 64} bytes; ` +
        'lower batch_size or the hidden sizes, or use another engine',
    );
    expect(memory.allocate(64)).toBe(first + 128);
  });

  it('that no threads share has 256 MiB and stays in place', () => {
    const memory = new LinearMemory(false);
    expect(memory.memory.buffer).toBeInstanceOf(ArrayBuffer);
    const view = memory.view(memory.floats(3), 3);
    const rest = memory.allocate(255 * 2 ** 20);
    view.fill(7);
    expect([...memory.view(rest - 64, 3)]).toEqual([7, 7, 7]);
    expect(() => memory.allocate(2 ** 20)).toThrow(
      new UserError(
        `engine wasm: expected at most 256 MiB of networks and batches, got ${65536 + 2 ** 28 + 3 * 64} bytes; ` +
          'lower batch_size or the hidden sizes, or use another engine',
        { exitCode: 1 },
      ),
    );
  });

  it('says what to lower where the system has no more memory, or no addresses', () => {
    const memory = new LinearMemory();
    vi.spyOn(memory.memory, 'grow').mockImplementation(() => {
      throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
    });
    expect(() => memory.allocate(1e6)).toThrow(
      new UserError(
        `engine wasm: expected ${65536 + 1_000_064} bytes for networks and batches, got less from the system; ` +
          'lower batch_size or the hidden sizes',
        { exitCode: 1 },
      ),
    );
    vi.spyOn(WebAssembly, 'Memory').mockImplementation(function () {
      throw new RangeError('WebAssembly.Memory(): could not allocate memory');
    });
    expect(() => new LinearMemory()).toThrow(
      new UserError(
        'engine wasm: expected 2 GiB of addresses, got fewer; raise the limit (ulimit -v), or set engine: reference',
        { exitCode: 1 },
      ),
    );
  });

  it('takes back all arrays of an arena at once', () => {
    const memory = new LinearMemory();
    const arena = new Arena(memory);
    const [first] = [arena.floats(10), memory.floats(1), arena.allocate(300)];
    arena.free();
    expect([memory.floats(10), memory.allocate(352)].map((address) => address - first)).toEqual([0, 192]);
  });
});

describe('a program of the wasm engine', () => {
  /** Runs `act`; returns how many bytes the memory of the engine grew by. */
  function growth(act: () => void): number {
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow');
    act();
    const pages = grow.mock.calls.reduce((sum, [more]) => sum + more, 0);
    grow.mockRestore();
    return pages * 65536;
  }

  function sum(): GraphBuilder {
    const graph = new GraphBuilder([]);
    graph.output('sum', graph.sum(graph.square(graph.input('x', 1, 64))));
    return graph;
  }

  it('frees its memory when it is disposed of, and computes no more', async () => {
    const store = (await WasmEngine.create(nodeHost, 1)).createStore([]);
    const once = growth(() => {
      store.compile(sum().build(), 10_000).dispose();
    });
    expect(once).toBeGreaterThan(2 * 10_000 * 64 * 4 - 4 * 65536); // there are four pages at first
    const again = growth(() => {
      for (let k = 0; k < 50; k++) {
        const program = store.compile(sum().build(), 10_000 - k);
        program.input('x').fill(1);
        program.run();
        expect(program.output('sum')[0]).toBe((10_000 - k) * 64);
        program.dispose();
        const refusal = 'program: expected one in use, got one that was disposed of';
        expect(() => {
          program.run();
        }).toThrow(refusal);
        expect(() => program.output('sum')).toThrow(refusal);
      }
    });
    expect(again).toBe(0);
  });

  it('leaves its memory to smaller ones where there is not enough of it', async () => {
    const store = (await WasmEngine.create(nodeHost, 1)).createStore([]);
    expect(() => store.compile(sum().build(), 5_000_000)).toThrow('expected at most 2 GiB');
    const program = store.compile(sum().build(), 3);
    program.input('x').fill(1);
    program.run();
    expect(program.output('sum')[0]).toBe(192);
  });
});
