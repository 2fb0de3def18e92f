/**
 * Shares that come late: forced by the control words, which the tests reach through a program's memory. One share less in
 * FINISHED is a share that a thread still holds.
 */
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GraphBuilder } from '../../../src/engine/builder.ts';
import type { Program } from '../../../src/engine/engine.ts';
import { WasmEngine } from '../../../src/engine/wasm/engine.ts';
import { ABORTED, ASLEEP, FINISHED } from '../../../src/engine/wasm/codes/control-words.ts';
import { nodeHost } from '../../../src/engine/wasm/host-node.ts';

const SAMPLES = 64;
const WIDTH = 20_000;
/** Two sections, of the squares and of their sum, in two shares a thread. */
const SHARES_A_RUN = 2 * 4;

describe('a run of two threads', () => {
  let engine: WasmEngine;
  let program: Program;
  let control: Int32Array;

  beforeEach(async () => {
    engine = await WasmEngine.create(nodeHost, 2, { productsWorthThreads: 0 });
    const graph = new GraphBuilder([]);
    graph.output('sum', graph.sum(graph.square(graph.input('x', 1, WIDTH))));
    program = engine.createStore([]).compile(graph.build(), SAMPLES);
    control = new Int32Array(program.input('x').buffer);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    engine.dispose();
  });

  function expectSum(x: number): void {
    program.input('x').fill(x);
    program.run();
    expect(program.output('sum')[0]).toBe(SAMPLES * WIDTH * x * x);
  }

  /** Makes the run's clock say that it has taken so long when it begins to wait. */
  function clockSays(milliseconds: number): void {
    vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(milliseconds);
  }

  it('waits for a share that is finished late', async () => {
    // A thread that finishes the missing share 100 ms after it was told to.
    const state = new Int32Array(new SharedArrayBuffer(4));
    const late = new Worker(
      `const { workerData: { control, state, at } } = require('node:worker_threads');
       require('node:worker_threads').parentPort.postMessage('ready');
       Atomics.wait(state, 0, 0);
       Atomics.wait(state, 0, 1, 100);
       Atomics.store(state, 0, 2);
       Atomics.add(control, at, 1);`,
      { eval: true, workerData: { control, state, at: FINISHED / 4 } },
    );
    await new Promise((resolve) => late.once('message', resolve));
    Atomics.sub(control, FINISHED / 4, 1);
    Atomics.store(state, 0, 1);
    Atomics.notify(state, 0);
    expectSum(2);
    expect(Atomics.load(state, 0)).toBe(2);
    expect(Atomics.load(control, FINISHED / 4)).toBe(SHARES_A_RUN);
    await late.terminate();
    expectSum(3);
  });

  // A fixed patience of ten seconds would end in the timeout.
  it(
    'gives up on a share that is never finished, the sooner the less it has taken itself',
    { timeout: 8000 },
    () => {
      Atomics.sub(control, FINISHED / 4, 1);
      const message =
        'engine wasm: expected 2 threads at work, got one that stopped (it did not answer); ' +
        'continue from the last checkpoint with --resume, or set threads: 1';
      clockSays(-499.9); // leaves 2 ms of ten seconds
      expect(() => {
        program.run();
      }).toThrow(message);
      expect(Atomics.load(control, ABORTED / 4)).toBe(1);
      // For good: what the dead thread still does may come at any time.
      expect(() => {
        program.run();
      }).toThrow(message);
    },
  );

  it('does every share once while the other thread wakes up late, in the middle of a section or after the run', () => {
    const never = new Int32Array(new SharedArrayBuffer(4));
    for (let run = 1; run <= 200; run++) {
      Atomics.wait(never, 0, 0, 1); // long enough for it to fall asleep
      Atomics.store(control, ASLEEP / 4, 0); // so that nobody wakes it
      expectSum(run % 7);
      expect(Atomics.load(control, FINISHED / 4)).toBe(run * SHARES_A_RUN);
    }
  });
});
