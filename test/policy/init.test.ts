import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { leavesOf, type NetworkSpec } from '../../src/engine/network-spec.ts';
import { initialBlock, orthogonal } from '../../src/policy/init.ts';

const stream = (): FastStream => new FastStream(1, 'test');

/** Largest deviation of the Gram matrix of the shorter side's vectors from the identity. */
function deviation(matrix: ArrayLike<number>, rows: number, columns: number): number {
  const byRows = rows <= columns;
  const [count, length] = byRows ? [rows, columns] : [columns, rows];
  const at = (v: number, k: number): number => (byRows ? matrix[v * columns + k]! : matrix[k * columns + v]!);
  let worst = 0;
  for (let u = 0; u < count; u++)
    for (let v = 0; v < count; v++) {
      let dot = 0;
      for (let k = 0; k < length; k++) dot += at(u, k) * at(v, k);
      worst = Math.max(worst, Math.abs(dot - (u === v ? 1 : 0)));
    }
  return worst;
}

describe('orthogonal', () => {
  it.each([
    [1, 1],
    [1, 7],
    [5, 1],
    [3, 8],
    [8, 3],
    [17, 17],
    [64, 72],
  ])('%d x %d has orthonormal rows or columns, whichever are fewer', (rows, columns) => {
    const matrix = orthogonal(rows, columns, stream());
    expect(matrix).toHaveLength(rows * columns);
    expect(deviation(matrix, rows, columns)).toBeLessThan(1e-14);
  });

  it('keeps the direction of the first vector drawn, so signs are not lost', () => {
    const draws = stream();
    const first = Array.from({ length: 4 }, () => draws.normal());
    const norm = Math.sqrt(first.reduce((sum, x) => sum + x * x, 0));
    const matrix = orthogonal(2, 4, stream());
    first.forEach((x, k) => {
      expect(matrix[k]).toBeCloseTo(x / norm, 15);
    });
  });
});

describe('initialBlock', () => {
  const spec: NetworkSpec = {
    name: 'actor/shared',
    inputs: 21,
    hidden: [16, 8],
    outputs: 5,
    activation: 'leaky_relu',
    negativeSlope: 0.01,
    outputActivation: 'sigmoid',
  };

  it('has orthogonal weights of gain 1 in every layer and zero biases', () => {
    const block = initialBlock(spec, stream());
    expect(leavesOf(spec).map(({ name }) => name)).toEqual(['W0', 'b0', 'W1', 'b1', 'W2', 'b2']);
    for (const { name, shape, offset } of leavesOf(spec)) {
      const [rows, columns] = shape;
      const leaf = block.subarray(offset, offset + rows! * (columns ?? 1));
      if (columns === undefined) expect([...leaf], name).toEqual(new Array(rows).fill(0));
      else expect(deviation(leaf, rows!, columns), name).toBeLessThan(1e-6); // float32
    }
  });

  it('has recurrent weights that are orthogonal over all gates, whatever the gain', () => {
    const recurrent = { cell: 'LSTM', inputs: 6, fc: [7], layers: 2, width: 5 } as const;
    const net = { ...spec, recurrent, inputs: 5, hidden: [] };
    const block = initialBlock(net, stream(), 2);
    const ofLayer = (l: number): string[] =>
      ['W_ih', 'W_hh', 'b_ih', 'b_hh'].map((name) => `rnn_${name}${l}`);
    const names = ['fc_W0', 'fc_b0', ...ofLayer(0), ...ofLayer(1), 'W0', 'b0'];
    expect(leavesOf(net).map(({ name }) => name)).toEqual(names);
    for (const { name, shape, offset } of leavesOf(net)) {
      const [rows, columns] = shape;
      const leaf = block.subarray(offset, offset + rows! * (columns ?? 1));
      const gain = name.startsWith('rnn') ? 1 : 2;
      if (columns === undefined) expect([...leaf], name).toEqual(new Array(rows).fill(0));
      else
        expect(
          deviation(
            leaf.map((w) => w / gain),
            rows!,
            columns,
          ),
          name,
        ).toBeLessThan(1e-6);
    }
  });

  it('multiplies orthogonal weights by the gain, from the same draws', () => {
    const once = initialBlock(spec, stream());
    const twice = initialBlock(spec, stream(), 2);
    expect(twice).toEqual(once.map((w) => 2 * w));
  });

  it('is the same for the same stream and another for another', () => {
    expect(initialBlock(spec, stream())).toEqual(initialBlock(spec, stream()));
    expect(initialBlock(spec, new FastStream(2, 'test'))).not.toEqual(initialBlock(spec, stream()));
  });
});
