/** Worker threads start, work, sleep and stop, and a run never hangs if one is gone. */
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/engine/builder.ts';
import type { Program } from '../../../src/engine/engine.ts';
import type { TensorMap } from '../../../src/core/tensor-map.ts';
import { WasmEngine } from '../../../src/engine/wasm/engine.ts';
import { nodeHost } from '../../../src/engine/wasm/host-node.ts';
import { learnerOn, noiseFor, sampleFor, SMALL_LEARNER } from '../../contract/random-learner.ts';

/** A program that sums the squares of its input, 64 samples. */
function sumOfSquares(engine: WasmEngine): Program {
  const graph = new GraphBuilder([]);
  graph.output('sum', graph.sum(graph.square(graph.input('x', 1, 4))));
  return engine.createStore([]).compile(graph.build(), 64);
}

describe('threads of the wasm engine', () => {
  it('get the same result in thousands of consecutive runs', async () => {
    const engine = await WasmEngine.create(nodeHost, 4, { productsWorthThreads: 0 });
    const program = sumOfSquares(engine);
    program.input('x').fill(2);
    for (let run = 0; run < 3000; run++) {
      program.run();
      expect(program.output('sum')[0]).toBe(64 * 4 * 4);
    }
    engine.dispose();
  });

  it('train to the same bits as one thread, even with more threads than cores or a number that changes', async () => {
    const random = { ...SMALL_LEARNER, agent: 'MATD3' as const, batchSize: 17, clip: true };
    const trained = async (threads: number | 'auto'): Promise<TensorMap> => {
      const engine = await WasmEngine.create({ ...nodeHost, cores: 3 }, threads, { productsWorthThreads: 0 });
      const learner = learnerOn(engine, random);
      const [sample, noise] = [sampleFor(learner, random, 0), noiseFor(learner, random, 0)];
      for (let k = 0; k < 1000; k++) {
        learner.update(sample, noise);
        if (k % 250 === 0) await new Promise((resolve) => setTimeout(resolve, 5)); // workers fall asleep
      }
      engine.dispose();
      return learner.policy.tensors();
    };
    const alone = await trained(1);
    expect(await trained(8)).toEqual(alone);
    expect(await trained('auto')).toEqual(alone);
  });

  it('wake up after a pause', async () => {
    const engine = await WasmEngine.create(nodeHost, 2, { productsWorthThreads: 0 });
    const program = sumOfSquares(engine);
    for (const value of [1, 2, 3]) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      program.input('x').fill(value);
      program.run();
      expect(program.output('sum')[0]).toBe(256 * value * value);
    }
    engine.dispose();
  });

  it('are not started if threads is 1', async () => {
    const engine = await WasmEngine.create(nodeHost, 1, { productsWorthThreads: 0 });
    expect(engine.workers).toHaveLength(0);
    expect(engine.threads).toBe(1);
  });

  it('end when the engine is disposed of', async () => {
    const engine = await WasmEngine.create(nodeHost, 3, { productsWorthThreads: 0 });
    sumOfSquares(engine).run();
    const stops = engine.workers.map(
      (worker) =>
        new Promise((resolve) => {
          worker.onStop(resolve);
        }),
    );
    engine.dispose();
    expect(await Promise.all(stops)).toEqual(['it ended', 'it ended']);
  });

  it('make the next run fail with one clear line, instead of hanging, if one is terminated', async () => {
    const engine = await WasmEngine.create(nodeHost, 2, { productsWorthThreads: 0 });
    const program = sumOfSquares(engine);
    program.run();
    await engine.workers[0]!.terminate();
    expect(() => {
      program.run();
    }).toThrow(
      'engine wasm: expected 2 threads at work, got one that stopped (it ended); ' +
        'continue from the last checkpoint with --resume, or set threads: 1',
    );
  });

  it('are limited to 1 to 8', async () => {
    await expect(WasmEngine.create(nodeHost, 9, { productsWorthThreads: 0 })).rejects.toThrow(
      'threads: expected an integer from 1 to 8, got 9',
    );
  });
});
