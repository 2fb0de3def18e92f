/** What a Box actor puts out before activation_action, found again from its actions. */
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/engine/builder.ts';
import { gradient } from '../../src/engine/gradients.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';
import type { Activation, NetworkSpec } from '../../src/engine/network-spec.ts';
import { unsquashed } from '../../src/policy/actor-head.ts';

const engine = new ReferenceEngine();

/** z of actions activation(w x) with w = 1, and d(sum of z^2)/dw. */
function found(activation: Activation, xs: readonly number[]): { z: number[]; slope: number } {
  const network: NetworkSpec = {
    ...{ name: 'net', inputs: 1, hidden: [], outputs: 1, negativeSlope: 0 },
    activation: 'none',
    outputActivation: activation,
  };
  const graph = new GraphBuilder([network]);
  const z = unsquashed(graph, activation, graph.network('net', [graph.input('x', 1, 1)]));
  graph.output('z', z);
  graph.output('gradient', gradient(graph, graph.sum(graph.square(z)), ['net'])[0]!);
  const store = engine.createStore([network]);
  store.write('parameters', 'net', Float32Array.of(1, 0));
  const program = store.compile(graph.build(), xs.length);
  program.input('x').set(xs);
  program.run();
  return { z: [...program.output('z')], slope: program.output('gradient')[0]! };
}

describe.each([
  ['sigmoid', 6],
  ['tanh', 3],
  ['none', 50],
] as const)('actions of %s', (activation, most) => {
  it('tell what they were made of, with the gradient of its square', () => {
    const xs = [-1, -0.5, -0.01, 0, 0.2, 0.9, 1].map((x) => x * most);
    const { z, slope } = found(activation, xs);
    xs.forEach((x, k) => {
      expect(Math.abs(z[k]! - x)).toBeLessThan(1e-4);
    });
    const want = 2 * xs.reduce((sum, x) => sum + x * x, 0);
    expect(Math.abs(slope / want - 1)).toBeLessThan(1e-3);
  });
});

it.each([
  ['sigmoid', 13.86],
  ['tanh', 6.93],
] as const)('actions at the bounds of %s count as %f, without a gradient', (activation, bound) => {
  const { z, slope } = found(activation, [-200, 200]);
  expect(z[0]).toBeCloseTo(-bound, 1);
  expect(z[1]).toBeCloseTo(bound, 1);
  expect(slope).toBe(0);
});
