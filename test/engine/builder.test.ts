import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/engine/builder.ts';
import { gradient } from '../../src/engine/gradients.ts';
import type { NetworkSpec } from '../../src/engine/network-spec.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';

const network = (name: string, inputs: number): NetworkSpec => ({
  name,
  inputs,
  hidden: [3],
  outputs: 1,
  activation: 'tanh',
  negativeSlope: 0.01,
  outputActivation: 'none',
});

const step = { beta1: 0.9, beta2: 0.999, epsilon: 1e-5 };

describe('GraphBuilder rejects', () => {
  it("inputs whose width is not the network's", () => {
    const graph = new GraphBuilder([network('q', 4)]);
    const x = graph.input('x', 1, 3);
    expect(() => graph.network('q', [x])).toThrow('network q: expected 4 input columns, got 3');
  });

  it('a gradient after the parameters have changed since the forward pass', () => {
    const graph = new GraphBuilder([network('q', 3)]);
    const q = graph.network('q', [graph.input('x', 1, 3)]);
    const loss = graph.sum(q);
    const [ofQ] = gradient(graph, loss, ['q']);
    const scalar = graph.scalar('lr');
    graph.adam('q', { gradient: ofQ!, stepSize: scalar, correction: scalar, ...step });
    expect(() => gradient(graph, loss, ['q'])).toThrow(
      'gradient of q: expected the parameters of its forward pass, got changed ones',
    );
  });

  it('a loss that does not depend on the network', () => {
    const graph = new GraphBuilder([network('q', 3), network('p', 3)]);
    const loss = graph.sum(graph.network('q', [graph.input('x', 1, 3)]));
    expect(() => gradient(graph, loss, ['p'])).toThrow(
      'gradient: expected a loss that depends on p, got one that does not',
    );
  });

  it('arithmetic on unequal shapes', () => {
    const graph = new GraphBuilder([]);
    const [a, b] = [graph.input('a', 1, 3), graph.input('b', 3, 1)];
    expect(() => graph.add(a, b)).toThrow('add: expected equal shapes, got [B, 1, 3] and [B, 3, 1]');
  });
});

describe('gradients of arithmetic', () => {
  it('follow the product, quotient, difference, square and scale rules', () => {
    // f(q) = sum((2 q - y)^2 * w) / sum(q), with q the output of a linear network.
    const graph = new GraphBuilder([{ ...network('q', 1), hidden: [] }]);
    const q = graph.network('q', [graph.input('x', 1, 1)]);
    const [y, w] = [graph.input('y', 1, 1), graph.input('w', 1, 1)];
    const errors = graph.subtract(graph.scale(q, 2), y);
    const loss = graph.divide(graph.sum(graph.multiply(graph.square(errors), w)), graph.sum(q));
    graph.output('gradient', gradient(graph, loss, ['q'])[0]!);
    graph.output('loss', loss);

    const store = new ReferenceEngine().createStore([...graph.build().networks.values()]);
    store.write('parameters', 'q', Float32Array.of(1.5, 0.5)); // q = 1.5 x + 0.5
    const program = store.compile(graph.build(), 2);
    program.input('x').set([1, 2]);
    program.input('y').set([1, -1]);
    program.input('w').set([0.5, 2]);
    program.run();

    // q = [2, 3.5]; e = [3, 8]; numerator 132.5; sum(q) = 5.5; dL/dq_k = 4 e_k w_k / 5.5 - 132.5 / 5.5^2
    const down = 132.5 / 5.5 ** 2;
    const dq = [(4 * 3 * 0.5) / 5.5 - down, (4 * 8 * 2) / 5.5 - down];
    expect(program.output('loss')[0]).toBeCloseTo(132.5 / 5.5, 5);
    const [dw, db] = program.output('gradient');
    expect(dw).toBeCloseTo(dq[0]! * 1 + dq[1]! * 2, 4);
    expect(db).toBeCloseTo(dq[0]! + dq[1]!, 4);
  });
});
