/**
 * Recurrent layers against an independent float64 program: outputs, and gradients of parameters and inputs against its
 * central differences.
 */
import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { GraphBuilder } from '../../src/engine/builder.ts';
import { gradient } from '../../src/engine/gradients.ts';
import {
  leavesOf,
  parameterCount,
  type NetworkSpec,
  type RecurrentSpec,
} from '../../src/engine/network-spec.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';

const BATCH = 2;
const SLOTS = 3;
const ROWS = 2;
const SEEN = 2;
const ACTS = 1;

/** What makes x of the observation; its gradient is right if that of x is. */
const SOURCE: NetworkSpec = {
  ...{ name: 'source', inputs: SEEN, hidden: [], outputs: 3 },
  ...{ activation: 'none', negativeSlope: 0, outputActivation: 'none' },
};

/** A head that reads the representation, an action and the id of the row. */
function networkOf(recurrent: Omit<RecurrentSpec, 'inputs' | 'width'>): NetworkSpec {
  return {
    ...{ name: 'net', inputs: 3 + ACTS + ROWS, hidden: [4], outputs: 2 },
    recurrent: { ...recurrent, inputs: SOURCE.outputs, width: 3 },
    ...{ activation: 'tanh', negativeSlope: 0, outputActivation: 'none' },
  };
}

type Row = readonly number[];
type Leaves = (name: string) => Float64Array;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** W x + b, W row-major */
function affine(weights: Float64Array, x: Row, bias: Float64Array): number[] {
  return [...bias].map((b, o) => x.reduce((sum, value, i) => sum + weights[o * x.length + i]! * value, b));
}

/** The state after one step. */
function step(cell: RecurrentSpec['cell'], leaves: Leaves, l: number, x: Row, h: Row, c: Row): [Row, Row] {
  const a = affine(leaves(`rnn_W_ih${l}`), x, leaves(`rnn_b_ih${l}`));
  const v = affine(leaves(`rnn_W_hh${l}`), h, leaves(`rnn_b_hh${l}`));
  const gate = (k: number): number[] => h.map((_, j) => a[k * h.length + j]! + v[k * h.length + j]!);
  if (cell === 'LSTM') {
    const [i, f, o] = [gate(0), gate(1), gate(3)].map((sums) => sums.map(sigmoid));
    const next = gate(2).map((g, j) => f![j]! * c[j]! + i![j]! * Math.tanh(g));
    return [next.map((value, j) => o![j]! * Math.tanh(value)), next];
  }
  const [r, z] = [gate(0).map(sigmoid), gate(1).map(sigmoid)];
  const last = 2 * h.length;
  const next = h.map((before, j) => {
    const n = Math.tanh(a[last + j]! + r[j]! * v[last + j]!);
    return (1 - z[j]!) * n + z[j]! * before;
  });
  return [next, c];
}

function leavesIn(spec: NetworkSpec, parameters: Float64Array): Leaves {
  const views = new Map(
    leavesOf(spec).map(({ name, offset, shape }) => [
      name,
      parameters.subarray(offset, offset + shape.reduce((n, size) => n * size, 1)),
    ]),
  );
  return (name) => views.get(name)!;
}

/** Outputs of one row in all slots. */
function outputs(
  net: NetworkSpec,
  leaves: Leaves,
  source: Leaves,
  seen: readonly Row[],
  act: Row,
  i: number,
): Row[] {
  const { cell, fc, layers, width } = net.recurrent!;
  const zero = new Array<number>(width).fill(0);
  const states = Array.from({ length: layers }, (): [Row, Row] => [zero, zero]);
  return seen.map((row, t) => {
    let x: Row = affine(source('W0'), row, source('b0'));
    fc.forEach((_, l) => (x = affine(leaves(`fc_W${l}`), x, leaves(`fc_b${l}`)).map(Math.tanh)));
    states.forEach((state, l) => {
      states[l] = step(cell, leaves, l, x, ...state);
      [x] = states[l]!;
    });
    const id = Array.from({ length: ROWS }, (_, k) => (k === i ? 1 : 0));
    const hidden = affine(leaves('W0'), [...x, act[t]!, ...id], leaves('b0')).map(Math.tanh);
    return affine(leaves('W1'), hidden, leaves('b1'));
  });
}

const shapes: [string, Omit<RecurrentSpec, 'inputs' | 'width'>][] = [
  ['a GRU', { cell: 'GRU', fc: [], layers: 1 }],
  ['an LSTM', { cell: 'LSTM', fc: [], layers: 1 }],
  ['two layers of a GRU behind a dense layer', { cell: 'GRU', fc: [4], layers: 2 }],
  ['two layers of an LSTM behind two dense layers', { cell: 'LSTM', fc: [4, 3], layers: 2 }],
];

describe.each(shapes)('%s', (name, recurrent) => {
  const net = networkOf(recurrent);
  const stream = new FastStream(5, name);
  const draw = (n: number, scale = 1): Float64Array =>
    Float64Array.from({ length: n }, () => Math.fround(scale * stream.normal()));
  const parameters = draw(parameterCount(net), 0.6);
  const ofSource = draw(parameterCount(SOURCE));
  const rows = BATCH * SLOTS * ROWS;
  const [leaves, sourceLeaves] = [leavesIn(net, parameters), leavesIn(SOURCE, ofSource)];
  const [seen, acts, weights] = [draw(rows * SEEN), draw(rows * ACTS), draw(rows * 2)];

  /** Outputs in float64, [B, T, n, 2]. */
  function wanted(): Float64Array {
    const out = new Float64Array(rows * 2);
    for (let b = 0; b < BATCH; b++)
      for (let i = 0; i < ROWS; i++) {
        const places = Array.from({ length: SLOTS }, (_, t) => (b * SLOTS + t) * ROWS + i);
        const ofRow = places.map((row) => [...seen.subarray(row * SEEN, (row + 1) * SEEN)]);
        const act = places.map((row) => acts[row]!);
        outputs(net, leaves, sourceLeaves, ofRow, act, i).forEach((y, t) => {
          out.set(y, places[t]! * 2);
        });
      }
    return out;
  }

  const graph = new GraphBuilder([net, SOURCE]);
  const x = graph.network('source', [graph.input('seen', ROWS, SEEN, SLOTS)]);
  const parts = [graph.representation('net', [x]).out, graph.input('acts', ROWS, ACTS, SLOTS)];
  const out = graph.network('net', [...parts, graph.ids([0, 1], ROWS)]);
  const loss = graph.sum(graph.multiply(out, graph.input('weights', ROWS, 2, SLOTS)));
  graph.output('out', out);
  gradient(graph, loss, ['net', 'source']).forEach((ofNetwork, k) => {
    graph.output(['net', 'source'][k]!, ofNetwork);
  });
  const store = new ReferenceEngine().createStore([net, SOURCE]);
  store.write('parameters', 'net', Float32Array.from(parameters));
  store.write('parameters', 'source', Float32Array.from(ofSource));
  const program = store.compile(graph.build(), BATCH);
  for (const [input, values] of Object.entries({ seen, acts, weights })) program.input(input).set(values);
  program.run();

  it('has the outputs of the float64 program', () => {
    const got = program.output('out');
    const errors = wanted().map((value, k) => Math.abs(value - got[k]!));
    expect(Math.max(...errors)).toBeLessThan(1e-6);
  });

  it.each([
    ['its parameters', 'net', parameters],
    ['its inputs', 'source', ofSource],
  ] as const)('has gradients of %s equal to central differences', (_, network, of) => {
    const got = program.output(network);
    const h = 1e-5;
    const lossAt = (): number => wanted().reduce((sum, y, k) => sum + y * weights[k]!, 0);
    const want = of.map((value, k) => {
      of[k] = value + h;
      const above = lossAt();
      of[k] = value - h;
      const below = lossAt();
      of[k] = value;
      return (above - below) / (2 * h);
    });
    const largest = Math.max(...want.map(Math.abs));
    const errors = want.map((value, k) => Math.abs(value - got[k]!));
    expect(Math.max(...errors) / largest).toBeLessThan(2e-6);
  });
});

describe('slots', () => {
  const graph = new GraphBuilder([]);
  const x = graph.input('x', 1, 2, 3);
  const run = (from: number, count: number): number[] => {
    const own = new GraphBuilder([]);
    own.output('out', own.slots(own.input('x', 1, 2, 3), from, count));
    const program = new ReferenceEngine().createStore([]).compile(own.build(), 2);
    program.input('x').set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    program.run();
    return [...program.output('out')];
  };

  it('are taken from every sample', () => {
    expect(run(1, 2)).toEqual([3, 4, 5, 6, 9, 10, 11, 12]);
    expect(run(0, 1)).toEqual([1, 2, 7, 8]);
  });

  it('that there are not hold zeros', () => {
    expect(run(-1, 3)).toEqual([0, 0, 1, 2, 3, 4, 0, 0, 7, 8, 9, 10]);
    expect(run(2, 3)).toEqual([5, 6, 0, 0, 0, 0, 11, 12, 0, 0, 0, 0]);
  });

  it('are not copied if they are all', () => {
    expect(graph.slots(x, 0, 3)).toBe(x);
  });

  it('are the same in all parts of a network and of a joint array', () => {
    const other = graph.input('other', 1, 2, 4);
    const net = new GraphBuilder([{ ...SOURCE, inputs: 4 }]);
    const [a, b] = [net.input('a', 1, 2, 3), net.input('b', 1, 2, 4)];
    expect(() => net.network('source', [a, b])).toThrow('expected parts of 3 slots, got [B, 4, 1, 2]');
    const joint = (): unknown => graph.joint([x, other].map((value) => ({ x: value, row: 0 })));
    expect(joint).toThrow('joint: expected arrays of 3 slots, got [B, 4, 1, 2]');
  });
});

describe('a representation', () => {
  const [, lstm] = shapes[1]!;
  const graph = new GraphBuilder([networkOf(lstm), SOURCE]);
  const x = graph.input('x', ROWS, SOURCE.outputs, SLOTS);

  it('is that of a recurrent network', () => {
    expect(() => graph.representation('source', [x])).toThrow('expected a recurrent network, got source');
  });

  it('begins with the states of all layers, or none', () => {
    const state = graph.input('h', ROWS, 3);
    const message = 'representation of net: expected h (and c of an LSTM) of each layer';
    expect(() => graph.representation('net', [x], [state])).toThrow(message);
    expect(graph.representation('net', [x], [state, state]).states).toHaveLength(2);
    expect(graph.representation('net', [x]).states).toEqual([]);
  });
});
