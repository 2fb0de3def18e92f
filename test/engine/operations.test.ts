/**
 * Every graph operation other than networks: its value on all engines, and its gradient against central differences in
 * float64. A one-layer network feeds it, to provide parameters to differentiate with respect to.
 */
import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { GraphBuilder } from '../../src/engine/builder.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { gradient } from '../../src/engine/gradients.ts';
import type { Value } from '../../src/engine/graph.ts';
import type { NetworkSpec } from '../../src/engine/network-spec.ts';
import { REFERENCE, sharedEngines } from '../contract/engines.ts';

const ENGINES = sharedEngines();

const ROWS = 3;
const WIDTH = 5;

interface Case {
  readonly build: (graph: GraphBuilder, x: Value) => Value;
  /** The same for one row, in float64. `soft`: the function whose gradient is used instead, if any. */
  readonly row: (x: readonly number[]) => number[];
  readonly soft?: (x: readonly number[]) => number[];
}

const each = (apply: (x: number) => number) => (x: readonly number[]) => x.map((v) => apply(v));
const largest = (x: readonly number[]): number => x.indexOf(Math.max(...x));

const CASES: Record<string, Case> = {
  exp: { build: (g, x) => g.exp(x), row: each(Math.exp) },
  'log of exp + 1': {
    build: (g, x) => g.log(g.add(g.exp(x), g.constant(1))),
    row: each((x) => Math.log1p(Math.exp(x))),
  },
  softplus: { build: (g, x) => g.softplus(x), row: each((x) => Math.log1p(Math.exp(x))) },
  sigmoid: { build: (g, x) => g.sigmoid(x), row: each((x) => 1 / (1 + Math.exp(-x))) },
  tanh: { build: (g, x) => g.tanh(x), row: each(Math.tanh) },
  clip: { build: (g, x) => g.clip(x, -0.4, 0.9), row: each((x) => Math.min(Math.max(x, -0.4), 0.9)) },
  minimum: {
    build: (g, x) => g.minimum(g.scale(x, 2), g.square(x)),
    row: each((x) => Math.min(2 * x, x * x)),
  },
  'maximum with a scalar': {
    build: (g, x) => g.maximum(g.constant(0.25), g.multiply(x, x)),
    row: each((x) => Math.max(0.25, x * x)),
  },
  softmax: {
    build: (g, x) => g.softmax(x),
    row: (x) => {
      const e = x.map(Math.exp);
      return e.map((v) => v / e.reduce((a, b) => a + b));
    },
  },
  'one-hot': {
    build: (g, x) => g.oneHot(x),
    row: (x) => x.map((_, c) => (c === largest(x) ? 1 : 0)),
    soft: (x) => [...x],
  },
  'row sum': {
    build: (g, x) => g.multiply(g.repeat(g.rowSum(x), WIDTH), x),
    row: (x) => x.map((v) => v * x.reduce((a, b) => a + b)),
  },
  'columns as rows': {
    build: (g, x) => {
      // Columns 1 and 2 of every row, times columns 3 and 4.
      const wide = g.joint(Array.from({ length: ROWS }, (_, row) => ({ x, row })));
      const at = (column: number): Value =>
        g.rows(
          wide,
          Array.from({ length: ROWS }, (_, row) => row * WIDTH + column),
          2,
        );
      return g.multiply(at(1), at(3));
    },
    row: (x) => [x[1]! * x[3]!, x[2]! * x[4]!],
  },
};

const network: NetworkSpec = {
  name: 'net',
  inputs: 2,
  hidden: [],
  outputs: WIDTH,
  activation: 'none',
  negativeSlope: 0.01,
  outputActivation: 'none',
};
const BATCH = 4;

function numbers(length: number, name: string): Float32Array {
  const out = new Float32Array(length);
  new FastStream(7, name).fillNormal(out, 1);
  return out;
}

/** loss = sum(operation(net(x)) * weights): value of the operation, and dLoss/d(parameters). */
function compute(engine: Engine, { build }: Case): { value: Float32Array; gradient: Float32Array } {
  const graph = new GraphBuilder([network]);
  const value = build(graph, graph.network('net', [graph.input('x', ROWS, 2)]));
  const width = value.shape.kind === 'array' ? value.shape.width : 0;
  const loss = graph.sum(graph.multiply(value, graph.input('weights', ROWS, width)));
  graph.output('value', value);
  graph.output('gradient', gradient(graph, loss, ['net'])[0]!);
  const store = engine.createStore([network]);
  store.write('parameters', 'net', numbers(3 * WIDTH, 'parameters'));
  const program = store.compile(graph.build(), BATCH);
  program.input('x').set(numbers(BATCH * ROWS * 2, 'x'));
  program.input('weights').set(numbers(BATCH * ROWS * width, 'weights'));
  program.run();
  return { value: program.output('value').slice(), gradient: program.output('gradient').slice() };
}

function rowsOf(parameters: Float64Array): number[][] {
  const x = numbers(BATCH * ROWS * 2, 'x');
  return Array.from({ length: BATCH * ROWS }, (_, r) =>
    Array.from(
      { length: WIDTH },
      (__, o) =>
        parameters[2 * o]! * x[2 * r]! + parameters[2 * o + 1]! * x[2 * r + 1]! + parameters[2 * WIDTH + o]!,
    ),
  );
}

describe.each(Object.entries(CASES))('%s', (_, operation) => {
  it('has the value and the gradient of the formula', async () => {
    const { value, gradient } = compute(await REFERENCE.create(), operation);
    const parameters = Float64Array.from(numbers(3 * WIDTH, 'parameters'));
    const want = rowsOf(parameters).flatMap((row) => operation.row(row));
    want.forEach((v, k) => {
      expect(Math.abs(value[k]! - v)).toBeLessThan(2e-6 * (1 + Math.abs(v)));
    });
    const weights = numbers(want.length, 'weights');
    const loss = (): number =>
      rowsOf(parameters)
        .flatMap((row) => (operation.soft ?? operation.row)(row))
        .reduce((sum, v, k) => sum + v * weights[k]!, 0);
    gradient.forEach((got, k) => {
      const [kept, h] = [parameters[k]!, 1e-6];
      parameters[k] = kept + h;
      const above = loss();
      parameters[k] = kept - h;
      const slope = (above - loss()) / (2 * h);
      parameters[k] = kept;
      expect(Math.abs(got - slope)).toBeLessThan(1e-4 * (1 + Math.abs(slope)));
    });
  });

  it.each(ENGINES)('is the same on $name', async ({ create }) => {
    const want = compute(await REFERENCE.create(), operation);
    const engine = await create();
    const got = compute(engine, operation);
    if (engine.exact) expect(got).toEqual(want);
    for (const part of ['value', 'gradient'] as const)
      got[part].forEach((x, k) => {
        expect(Math.abs(x - want[part][k]!)).toBeLessThan(5e-6 * (1 + Math.abs(x)));
      });
  });
});

describe('a network without inputs', () => {
  const free: NetworkSpec = { ...network, inputs: 0, outputs: 2, heads: ['first', 'second'] };

  it.each(ENGINES)('is a row of free parameters on $name', async ({ create }) => {
    const engine = await create();
    const graph = new GraphBuilder([free]);
    const out = graph.network('net', [], 3);
    const loss = graph.sum(graph.multiply(out, graph.input('w', 3, 2)));
    graph.output('out', out);
    graph.output('gradient', gradient(graph, loss, ['net'])[0]!);
    const store = engine.createStore([free]);
    store.write('parameters', 'net', Float32Array.of(0.5, -2));
    const program = store.compile(graph.build(), 2);
    program.input('w').set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    program.run();
    expect([...program.output('out')]).toEqual([0.5, -2, 0.5, -2, 0.5, -2, 0.5, -2, 0.5, -2, 0.5, -2]);
    expect([...program.output('gradient')]).toEqual([36, 42]);
  });
});
