/**
 * Backward passes against central differences of an independent float64 network, for all activations and kinds of input
 * parts.
 */
import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { GraphBuilder } from '../../src/engine/builder.ts';
import {
  layersOf,
  parameterCount,
  type Activation,
  type NetworkSpec,
} from '../../src/engine/network-spec.ts';
import { ReferenceEngine } from '../../src/engine/reference/engine.ts';

const BATCH = 5;
const ROWS = 3;
const SHARED = 4;
const OWN = 2;
const IDS = [2, 0, 1];

const ACTIVATIONS: Record<Activation, (x: number) => number> = {
  none: (x) => x,
  relu: (x) => Math.max(x, 0),
  leaky_relu: (x) => (x > 0 ? x : 0.1 * x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
};

/** Outputs of one row in float64. */
function forward(spec: NetworkSpec, parameters: Float64Array, row: readonly number[]): number[] {
  let x = [...row];
  for (const { inputs, outputs, activation, weight, bias } of layersOf(spec))
    x = Array.from({ length: outputs }, (_, o) => {
      let sum = parameters[bias + o]!;
      for (let i = 0; i < inputs; i++) sum += parameters[weight + o * inputs + i]! * x[i]!;
      return ACTIVATIONS[activation](sum);
    });
  return x;
}

function makeSpec(activation: Activation, outputActivation: Activation): NetworkSpec {
  const inputs = SHARED + OWN + ROWS;
  return {
    name: 'net',
    inputs,
    hidden: [7, 5],
    outputs: 2,
    activation,
    negativeSlope: 0.1,
    outputActivation,
  };
}

/** loss = sum(out * weights) over rows; an input row is shared, own and id concatenated. */
function lossOf(
  spec: NetworkSpec,
  parameters: Float64Array,
  shared: Float64Array,
  own: Float64Array,
  weights: Float64Array,
): number {
  let loss = 0;
  for (let b = 0; b < BATCH; b++)
    for (let i = 0; i < ROWS; i++) {
      const id = IDS.map((_, k) => (IDS[i] === k ? 1 : 0));
      const at = b * ROWS + i;
      const row = [
        ...shared.slice(b * SHARED, (b + 1) * SHARED),
        ...own.slice(at * OWN, (at + 1) * OWN),
        ...id,
      ];
      forward(spec, parameters, row).forEach((y, o) => (loss += y * weights[at * 2 + o]!));
    }
  return loss;
}

/** Largest difference between `got` and the central differences of `loss` with respect to x, relative to the largest. */
function worstDifference(got: Float32Array, x: Float64Array, loss: () => number): number {
  const h = 1e-5;
  const want = x.map((value, k) => {
    x[k] = value + h;
    const above = loss();
    x[k] = value - h;
    const below = loss();
    x[k] = value;
    return (above - below) / (2 * h);
  });
  const largest = want.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  return want.reduce((m, v, k) => Math.max(m, Math.abs(v - got[k]!)), 0) / largest;
}

const pairs: [Activation, Activation][] = [
  ['leaky_relu', 'sigmoid'],
  ['relu', 'none'],
  ['tanh', 'tanh'],
  ['sigmoid', 'elu'],
  ['elu', 'relu'],
  ['none', 'leaky_relu'],
];

describe('network gradients', () => {
  it.each(pairs)('of %s layers and %s outputs equal central differences', (activation, output) => {
    const spec = makeSpec(activation, output);
    const stream = new FastStream(5, `${activation} ${output}`);
    const draw = (n: number): Float64Array =>
      Float64Array.from({ length: n }, () => Math.fround(stream.normal()));
    const parameters = draw(parameterCount(spec)).map((x) => Math.fround(x * 0.5));
    const [shared, own, weights] = [draw(BATCH * SHARED), draw(BATCH * ROWS * OWN), draw(BATCH * ROWS * 2)];

    const graph = new GraphBuilder([spec]);
    const sharedIn = graph.input('shared', 1, SHARED);
    const ownIn = graph.input('own', ROWS, OWN);
    const weightsIn = graph.input('weights', ROWS, 2);
    const out = graph.network('net', [sharedIn, ownIn, graph.ids(IDS, ROWS)]);
    const node = graph.nodes.at(-1)!;
    if (node.kind !== 'network') throw new Error('expected the network node');
    const gradients = graph.networkGradient(node, weightsIn, {
      parameters: true,
      parts: [true, true, false],
    });
    graph.output('out', out);
    graph.output('parameters', gradients.parameters!);
    graph.output('shared', gradients.parts[0]!);
    graph.output('own', gradients.parts[1]!);

    const store = new ReferenceEngine().createStore([spec]);
    store.write('parameters', 'net', Float32Array.from(parameters));
    const program = store.compile(graph.build(), BATCH);
    program.input('shared').set(shared);
    program.input('own').set(own);
    program.input('weights').set(weights);
    program.run();

    const loss = (): number => lossOf(spec, parameters, shared, own, weights);
    expect(worstDifference(program.output('parameters'), parameters, loss)).toBeLessThan(2e-6);
    expect(worstDifference(program.output('shared'), shared, loss)).toBeLessThan(2e-6);
    expect(worstDifference(program.output('own'), own, loss)).toBeLessThan(2e-6);
  });
});
