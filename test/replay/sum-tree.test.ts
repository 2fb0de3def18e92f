import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SumTree } from '../../src/replay/sum-tree.ts';

function treeOf(...weights: number[]): SumTree {
  const tree = new SumTree(weights.length);
  weights.forEach((weight, leaf) => {
    tree.set(leaf, weight);
  });
  return tree;
}

describe('SumTree', () => {
  it('finds the leaf whose share of the total contains a mass', () => {
    const tree = treeOf(3, 0, 1, 2, 0);
    expect(tree.total).toBe(6);
    const found = [0, 2.9, 3, 3.9, 4, 5.9].map((mass) => tree.find(mass));
    expect(found).toEqual([0, 0, 2, 2, 3, 3]);
  });

  it('never finds a leaf of weight 0, even beyond the total', () => {
    const tree = treeOf(0, 0.1, 0, 0.2, 0, 0, 0);
    expect([0, 0.1, 0.30000000000000004, 1].map((mass) => tree.find(mass))).toEqual([1, 3, 3, 3]);
  });

  it('reflects changed weights', () => {
    const tree = treeOf(1, 1, 1);
    tree.set(1, 5);
    tree.set(0, 0);
    expect([tree.total, tree.get(0), tree.get(1)]).toEqual([6, 0, 5]);
    expect([0, 4.9, 5].map((mass) => tree.find(mass))).toEqual([1, 1, 2]);
  });

  it('has the same bits for any update order and for setAll()', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 70 }),
        (weights) => {
          const one = treeOf(...weights.map(() => 7));
          for (let leaf = weights.length - 1; leaf >= 0; leaf--) one.set(leaf, weights[leaf]!);
          const other = new SumTree(weights.length);
          other.setAll(Float64Array.from(weights));
          expect(other.total).toBe(one.total);
          expect([...other.weights(weights.length)]).toEqual(weights);
          expect(one.total).toBeCloseTo(
            weights.reduce((sum, weight) => sum + weight, 0),
            6,
          );
          for (const share of [0, 0.3, 0.9999])
            expect(other.find(share * one.total)).toBe(one.find(share * one.total));
        },
      ),
      { numRuns: 50 },
    );
  });
});
