import { expect, it, vi } from 'vitest';
import { createEngine } from '../../src/engine/registry.ts';
import {
  learnerOn,
  noiseFor,
  sampleFor,
  SMALL_LEARNER,
  type RandomLearner,
} from '../contract/random-learner.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

it('keeps updates for the eight latest batch sizes, and compiles the others again to the same numbers', () => {
  const settings = (batchSize: number): RandomLearner => ({ ...SMALL_LEARNER, agent: 'MATD3', batchSize });
  const learner = learnerOn(engine, settings(1));
  const { store } = learner.policy;
  const alive = new Set<number>();
  const compile = store.compile.bind(store);
  vi.spyOn(store, 'compile').mockImplementation((graph, size) => {
    const program = compile(graph, size);
    const dispose = program.dispose.bind(program);
    program.dispose = () => {
      alive.delete(size);
      dispose();
    };
    alive.add(size);
    return program;
  });
  const sizes = [...Array.from({ length: 12 }, (_, k) => k + 1), 1, 12];
  for (const [k, size] of sizes.entries()) {
    const other = learnerOn(engine, settings(size));
    other.policy.load(learner.policy.tensors());
    other.iterations = learner.iterations;
    const [sample, noise] = [sampleFor(learner, settings(size), k), noiseFor(learner, settings(size), k)];
    expect(learner.update(sample, noise)['loss_critic']).toBe(other.update(sample, noise)['loss_critic']);
  }
  expect([...alive].sort((a, b) => a - b)).toEqual([1, 6, 7, 8, 9, 10, 11, 12]);
});
