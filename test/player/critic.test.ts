import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { criticOf } from '../../src/player/critic.ts';
import { alike, unlike } from '../library/small.ts';

const stream = new FastStream(1, 'test');
const draw = (length: number): Float32Array => Float32Array.from({ length }, () => stream.double());

describe('Q of a recording', () => {
  it.each([
    ['shared', alike, [6, 4], [0, 0]],
    ['separate', unlike, [7, 3], [0, 1]],
  ] as const)("is the critics' output, with %s networks", async (_, make, [obsTotal, actTotal], groupOf) => {
    const { policy } = await make();
    const [obs, actions] = [draw(obsTotal), draw(actTotal)];
    const values = criticOf(policy)(obs, actions);
    groupOf.forEach((g, agent) => {
      const group = policy.groups[g]!;
      const ids = Array.from({ length: group.idWidth }, (__, k) => (k === agent ? 1 : 0));
      const layers = ['0', '1'].map((layer) => {
        const tensors = [...policy.tensors()].filter(([name]) => name.startsWith(`critic/${group.name}/`));
        return tensors.slice(Number(layer) * 2, Number(layer) * 2 + 2).map(([, { data }]) => [...data]);
      });
      const hidden = dense([...obs, ...actions, ...ids], layers[0]!).map((x) => (x > 0 ? x : 0.01 * x));
      expect(values[agent]).toBeCloseTo(dense(hidden, layers[1]!)[0]!, 5);
    });
  });
});

/** W x + b. */
function dense(x: readonly number[], [weights, biases]: number[][]): number[] {
  return biases!.map((bias, row) =>
    x.reduce((sum, value, k) => sum + value * weights![row * x.length + k]!, bias),
  );
}
