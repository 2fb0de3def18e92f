import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { createBatch, type Batch } from '../../src/replay/batch.ts';
import { PrioritizedReplay } from '../../src/replay/prioritized-replay.ts';
import type { IndexStream } from '../../src/core/random.ts';

const spec = jointSpec([
  {
    name: 'agent_0',
    team: 'agent',
    obsWidth: 1,
    actWidth: 1,
    actionKind: 'box',
    actionLow: 0,
    actionHigh: 1,
  },
]);

const withWeights = (size: number): Required<Pick<Batch, 'weights'>> & Batch => ({
  ...createBatch(spec, size),
  weights: new Float32Array(size),
});

/** Stores `steps` transitions of one environment; observation and reward of each are its number, from `first`. */
function store(buffer: PrioritizedReplay, steps: number, first = 0): void {
  for (let t = first; t < first + steps; t++) {
    const seen = Float32Array.of(t);
    buffer.store(seen, seen, Float64Array.of(t), seen, Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(0));
  }
}

const make = (alpha = 1, capacity = 8): PrioritizedReplay =>
  new PrioritizedReplay(spec, { capacity, parallels: 1 }, { alpha, beta: 0 });

/** Sets the TD errors of a full buffer of 4, drawing each transition once. */
function withErrors(errors: readonly number[], alpha = 1): PrioritizedReplay {
  const buffer = make(alpha, errors.length);
  store(buffer, errors.length);
  // Equal priorities: part b of the sum is transition b.
  const batch = withWeights(errors.length);
  buffer.sample({ below: () => 0 }, errors.length, batch);
  expect([...batch.obs]).toEqual(errors.map((_, t) => t));
  buffer.setErrors(Float32Array.from(errors));
  return buffer;
}

/** Frequency of each transition in `rounds` batches of `count`. */
function counts(buffer: PrioritizedReplay, stream: IndexStream, count: number, rounds: number): number[] {
  const batch = withWeights(count);
  const drawn = new Map<number, number>();
  for (let k = 0; k < rounds; k++) {
    buffer.sample(stream, count, batch);
    for (const seen of batch.obs) drawn.set(seen, (drawn.get(seen) ?? 0) + 1);
  }
  return Array.from({ length: buffer.size }, (_, t) => drawn.get(t) ?? 0);
}

describe('prioritized replay', () => {
  it.each([
    [1, [1, 2, 5, 8]],
    [0.5, [1, Math.SQRT2, Math.sqrt(5), Math.sqrt(8)]],
    [0, [1, 1, 1, 1]],
  ])('with alpha %d draws transitions in proportion to error^alpha', (alpha, shares) => {
    const buffer = withErrors([1, 2, 5, 8], alpha);
    const rounds = 4000;
    const got = counts(buffer, new FastStream(1, 'test'), 4, rounds);
    const total = shares.reduce((sum, share) => sum + share);
    got.forEach((count, t) => {
      expect(Math.abs(count / (4 * rounds) - shares[t]! / total)).toBeLessThan(0.01);
    });
  });

  it('weights samples by (P / min P of the batch)^-beta', () => {
    const buffer = withErrors([1, 2, 4, 1]);
    const batch = withWeights(2);
    const weights = (beta: number): number[] => {
      buffer.anneal(beta);
      // Half of the sum is 4: the first half starts with transition 0, the second within transition 2.
      buffer.sample({ below: () => 0 }, 2, batch);
      expect([...batch.obs]).toEqual([0, 2]);
      return [...batch.weights];
    };
    expect(weights(0)).toEqual([1, 1]);
    expect(weights(0.5)[1]).toBeCloseTo(0.5, 5);
    expect(weights(1)[1]).toBeCloseTo(0.25, 5);
    expect(weights(1)[0]).toBe(1);
  });

  it('gives new transitions the largest priority so far, and drops that of overwritten ones', () => {
    const buffer = withErrors([1, 2, 9, 1]);
    store(buffer, 1, 4); // overwrites 0
    buffer.anneal(1);
    const batch = withWeights(21);
    // Parts of size 1: 9 of the new transition, then 2, 9, 1.
    buffer.sample({ below: () => 2 ** 31 }, 21, batch);
    expect([...batch.obs]).toEqual([...Array<number>(9).fill(4), 1, 1, ...Array<number>(9).fill(2), 3]);
  });

  it('keeps transitions with zero error reachable', () => {
    const buffer = withErrors([0, 0, 0, 0]);
    expect(counts(buffer, new FastStream(1, 'test'), 4, 100)).toEqual([100, 100, 100, 100]);
  });

  it('continues from a snapshot bit for bit', () => {
    const whole = withErrors([1, 2, 9, 1], 0.6);
    const resumed = make(0.6, 4);
    resumed.restore(Buffer.concat(whole.snapshot()));
    const batches = [whole, resumed].map((buffer) => {
      store(buffer, 2, 4);
      const batch = withWeights(3);
      const stream = new FastStream(3, 'test');
      buffer.anneal(0.7);
      buffer.sample(stream, 3, batch);
      buffer.setErrors(Float32Array.of(3, 0.5, 12));
      store(buffer, 1, 6);
      buffer.sample(stream, 3, batch);
      return [batch, Buffer.concat(buffer.snapshot())];
    });
    expect(batches[1]).toEqual(batches[0]);
  });

  it('requires a batch with weights', () => {
    const buffer = make();
    store(buffer, 1);
    expect(() => {
      buffer.sample({ below: () => 0 }, 1, createBatch(spec, 1));
    }).toThrow(new RangeError('PrioritizedReplay.sample: expected a batch with weights, got one without'));
  });
});
