/**
 * Networks of several segments: outputs and gradients against an independent float64 network and its central
 * differences, and engines against each other. A second network feeds them, to test input gradients too.
 */
import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { GraphBuilder } from '../../src/engine/builder.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { gradient } from '../../src/engine/gradients.ts';
import { layersOf, parameterCount, type NetworkSpec } from '../../src/engine/network-spec.ts';
import { segmentsOf } from '../../src/engine/segments.ts';
import { drawNoise, noiseArrays } from '../../src/learners/noise.ts';
import { REFERENCE, sharedEngines } from '../contract/engines.ts';

const ENGINES = sharedEngines();

const BATCH = 9;
const ROWS = 3;
const SHARED = 4;
const OWN = 2;
const IDS = [2, 0, 1];

const fused: NetworkSpec = {
  name: 'net',
  inputs: SHARED + OWN + ROWS,
  hidden: [7, 5, 9],
  outputs: 2,
  activation: 'tanh',
  negativeSlope: 0.1,
  outputActivation: 'sigmoid',
};
const front: NetworkSpec = { ...fused, name: 'front', inputs: 3, hidden: [], outputs: OWN };

const ACTIVATIONS = {
  tanh: Math.tanh,
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  none: (x: number) => x,
} as const;

interface Case extends NetworkSpec {
  /** Dropout rate of the hidden layers. */
  readonly dropout?: number;
}

const CASES: Record<string, Case> = {
  'layer normalisation': { ...fused, normalize: 'LayerNorm' },
  dropout: { ...fused, dropout: 0.4 },
  both: { ...fused, normalize: 'LayerNorm', dropout: 0.4 },
};

/** The dropout mask of hidden layer l, [BATCH * ROWS, its outputs]; undefined without dropout. */
function maskOf({ hidden, dropout }: Case, l: number): Float32Array | undefined {
  if (dropout === undefined || l >= hidden.length) return undefined;
  const mask = new Float32Array(BATCH * ROWS * hidden[l]!);
  drawNoise({ name: 'dropout', rate: dropout }, new FastStream(5, `mask ${l}`), mask);
  return mask;
}

/** Outputs of row r in float64. */
function forward(spec: Case, parameters: Float64Array, row: readonly number[], r: number): number[] {
  let x = [...row];
  layersOf(spec).forEach(({ inputs, outputs, weight, bias, normalization }, l, { length }) => {
    const activation = l + 1 === length ? spec.outputActivation : spec.activation;
    x = Array.from({ length: outputs }, (_, o) => {
      let sum = parameters[bias + o]!;
      for (let i = 0; i < inputs; i++) sum += parameters[weight + o * inputs + i]! * x[i]!;
      return ACTIVATIONS[activation as keyof typeof ACTIVATIONS](sum);
    });
    if (normalization) {
      const mean = x.reduce((sum, v) => sum + v, 0) / outputs;
      const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / outputs;
      x = x.map((v, c) => {
        const z = (v - mean) / Math.sqrt(variance + 1e-5);
        return z * parameters[normalization.gain + c]! + parameters[normalization.shift + c]!;
      });
    }
    const mask = maskOf(spec, l);
    if (mask) x = x.map((v, c) => v * mask[r * outputs + c]!);
  });
  return x;
}

function numbers(length: number, name: string, scale = 1): Float32Array {
  const out = new Float32Array(length);
  new FastStream(11, name).fillNormal(out, scale);
  return out;
}

const DATA = {
  shared: numbers(BATCH * SHARED, 'shared'),
  own: numbers(BATCH * ROWS * front.inputs, 'own'),
  weights: numbers(BATCH * ROWS * fused.outputs, 'weights'),
};

/** Parameters of both networks. */
const parametersOf = (spec: NetworkSpec): Float32Array => numbers(parameterCount(spec), spec.name, 0.5);

type Numbers = Record<'out' | 'net' | 'front', Float32Array>;

/** Outputs, and the gradients of sum(out * weights) with respect to both networks. */
function compute(engine: Engine, spec: Case): Numbers {
  const rates = spec.dropout === undefined ? [] : [[spec.name, spec.dropout] as const];
  const graph = new GraphBuilder([spec, front], new Map(rates));
  const input = (name: keyof typeof DATA, rows: number, width: number) => graph.input(name, rows, width);
  const own = graph.network('front', [input('own', ROWS, front.inputs)]);
  const out = graph.network('net', [input('shared', 1, SHARED), own, graph.ids(IDS, ROWS)]);
  const loss = graph.sum(graph.multiply(out, input('weights', ROWS, spec.outputs)));
  const gradients = gradient(graph, loss, ['net', 'front']);
  graph.output('out', out);
  graph.output('net', gradients[0]!);
  graph.output('front', gradients[1]!);
  const store = engine.createStore([spec, front]);
  for (const network of [spec, front]) store.write('parameters', network.name, parametersOf(network));
  const program = store.compile(graph.build(), BATCH);
  for (const [name, data] of Object.entries(DATA)) program.input(name).set(data);
  noiseArrays(graph.nodes, program).forEach(({ values }, l) => {
    values.set(maskOf(spec, l)!);
  });
  program.run();
  program.run(); // no state may leak from one run into the next
  const read = (name: keyof Numbers): Float32Array => program.output(name).slice();
  return { out: read('out'), net: read('net'), front: read('front') };
}

/** The outputs in float64, [BATCH * ROWS * outputs]. */
function outputs(spec: Case, net: Float64Array, ofFront: Float64Array): number[] {
  return Array.from({ length: BATCH * ROWS }, (_, r) => {
    const b = Math.floor(r / ROWS);
    const own = forward(front, ofFront, [...DATA.own.subarray(r * front.inputs, (r + 1) * front.inputs)], r);
    const id = IDS.map((_, k) => (IDS[r % ROWS] === k ? 1 : 0));
    return forward(spec, net, [...DATA.shared.subarray(b * SHARED, (b + 1) * SHARED), ...own, ...id], r);
  }).flat();
}

/** Central differences of `loss` with respect to x. */
function slopes(x: Float64Array, loss: () => number): number[] {
  const h = 1e-5;
  return Array.from(x, (value, k) => {
    x[k] = value + h;
    const above = loss();
    x[k] = value - h;
    const below = loss();
    x[k] = value;
    return (above - below) / (2 * h);
  });
}

/** Largest difference, relative to the largest expected number. */
function difference(got: Float32Array, want: ArrayLike<number>): number {
  const numbers = Array.from(want);
  const largest = numbers.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  return numbers.reduce((m, v, k) => Math.max(m, Math.abs(v - got[k]!)), 0) / largest;
}

/** The gradient of a network that two nodes feed with differently divided rows. */
function dividedTwice(engine: Engine): Float32Array {
  const wide: NetworkSpec = { ...fused, name: 'wide', inputs: 40, hidden: [8], outputs: 1 };
  const graph = new GraphBuilder([wide, front], new Map());
  const own = graph.network('front', [graph.input('own', ROWS, front.inputs)]);
  const first = graph.network('wide', [graph.input('few', 1, 38), own]);
  const second = graph.network('wide', [own, graph.input('many', 1, 38)]);
  const [gradients] = gradient(graph, graph.sum(graph.multiply(first, second)), ['wide']);
  graph.output('gradient', gradients!);
  const store = engine.createStore([wide, front]);
  for (const network of [wide, front]) store.write('parameters', network.name, parametersOf(network));
  const program = store.compile(graph.build(), BATCH);
  for (const name of ['few', 'many']) program.input(name).set(numbers(BATCH * 38, name));
  program.input('own').set(DATA.own);
  program.run();
  return program.output('gradient').slice();
}

it.each(ENGINES)('a network takes rows in several divisions, on $name', async ({ create }) => {
  const want = dividedTwice(await REFERENCE.create());
  const engine = await create();
  const got = dividedTwice(engine);
  if (engine.exact) expect(got).toEqual(want);
  expect(difference(got, want)).toBeLessThan(2e-6);
});

describe.each(Object.entries(CASES))('a network with %s', (_, spec) => {
  it('has the expected outputs, and gradients equal to central differences', async () => {
    const got = compute(await REFERENCE.create(), spec);
    const [net, ofFront] = [spec, front].map((network) => Float64Array.from(parametersOf(network)));
    expect(difference(got.out, outputs(spec, net!, ofFront!))).toBeLessThan(1e-6);
    const loss = (): number =>
      outputs(spec, net!, ofFront!).reduce((sum, y, k) => sum + y * DATA.weights[k]!, 0);
    expect(difference(got.net, slopes(net!, loss))).toBeLessThan(2e-6);
    expect(difference(got.front, slopes(ofFront!, loss))).toBeLessThan(2e-6);
  });

  it.each(ENGINES)('has the same numbers on $name', async ({ create }) => {
    const want = compute(await REFERENCE.create(), spec);
    const engine = await create();
    const got = compute(engine, spec);
    if (engine.exact) expect(got).toEqual(want);
    for (const part of ['out', 'net', 'front'] as const)
      expect(difference(got[part], want[part])).toBeLessThan(2e-6);
  });
});

describe('segmentsOf', () => {
  const ranges = (spec: NetworkSpec, dropout = false): number[][] =>
    segmentsOf(spec, dropout).map(({ first, end }) => [first, end]);

  it('keeps a network without layer normalisation and dropout in one piece', () => {
    expect(ranges(fused)).toEqual([[0, 4]]);
    expect(ranges({ ...fused, hidden: [] })).toEqual([[0, 1]]);
  });

  it('ends a segment at every hidden layer followed by layer normalisation or dropout', () => {
    expect(ranges({ ...fused, normalize: 'LayerNorm' })).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    const two = [
      [0, 1],
      [1, 2],
    ];
    expect(ranges({ ...fused, hidden: [7], normalize: 'LayerNorm' })).toEqual(two);
    expect(ranges({ ...fused, hidden: [7] }, true)).toEqual(two);
  });
});
