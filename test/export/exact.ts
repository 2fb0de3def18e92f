/** What an exported model answers without rounding: its float32 weights, computed in float64. */
import type { Activation } from '../../src/engine/network-spec.ts';
import {
  LAYER_NORM_EPSILON,
  type DenseLayer,
  type ExportedInput,
  type ExportedModel,
  type RecurrentLayer,
} from '../../src/export/exported-policy.ts';

/** Rows of recurrent policies: all environments' first steps, then their second ones, and so on. */
export interface Episodes {
  readonly environments: number;
  /** [rows]: 1 where an episode begins. */
  readonly begins: Float32Array;
}

/**
 * Outputs [rows, width] of network k for inputs [rows, input.width], actions clipped to their bounds; and for each its size,
 * the sum of the absolute values of all that the last layer adds up for it: what rounding errors grow with. And the states
 * [environments, state] behind the last row.
 */
export function exactAnswers(
  { inputs, networks, width, output, state }: ExportedModel,
  k: number,
  given: ReadonlyMap<string, Float32Array>,
  { environments, begins }: Episodes,
): { answers: Float64Array; sizes: Float64Array; states: Float64Array } {
  const rows = given.get(inputs[0]!.name)!.length / inputs[0]!.width;
  const [answers, sizes] = [new Float64Array(rows * width), new Float64Array(rows * width)];
  const hidden = networks[k]!.slice(0, -1);
  const last = networks[k]!.at(-1) as DenseLayer;
  const states = new Float64Array(environments * state);
  for (let row = 0; row < rows; row++) {
    let x = inputs.flatMap((input) => inputOf(input, given.get(input.name)!, row));
    const at = (row % environments) * state;
    let own = states.subarray(at, at + state);
    if (begins[row]) own.fill(0);
    for (const layer of hidden)
      if ('cell' in layer) {
        x = recurrentOutputOf(layer, x, own);
        own = own.subarray(layer.cell === 'GRU' ? layer.width : 2 * layer.width);
      } else x = outputOf(layer, x);
    sizes.set(sums(last, x, Math.abs), row * width);
    x = outputOf(last, x);
    if (output.kind === 'box') x = x.map((y) => Math.min(Math.max(y, output.low), output.high));
    answers.set(x, row * width);
  }
  return { answers, sizes, states };
}

/** Sums of weighted inputs and bias, `of` each. */
function sums(
  { weight, bias }: Pick<DenseLayer, 'weight' | 'bias'>,
  x: ArrayLike<number>,
  of = (term: number) => term,
): number[] {
  return Array.from(bias.data, (b, o) =>
    Array.from(x).reduce((total, value, i) => total + of(value * weight.data[o * x.length + i]!), of(b)),
  );
}

function inputOf({ width, normalization: by }: ExportedInput, data: Float32Array, row: number): number[] {
  const x = [...data.subarray(row * width, (row + 1) * width)];
  if (!by) return x;
  const { mean, scale, range } = by;
  return x.map((y, c) => Math.min(Math.max((y - mean.data[c]!) * scale.data[c]!, -range), range));
}

/** h of torch.nn.GRUCell and LSTMCell, which the first of `states`, h and c, become. */
function recurrentOutputOf(layer: RecurrentLayer, x: readonly number[], states: Float64Array): number[] {
  const { cell, width, inputWeight, inputBias, stateWeight, stateBias } = layer;
  const [h, c] = [states.subarray(0, width), states.subarray(width, 2 * width)];
  const ofInput = sums({ weight: inputWeight, bias: inputBias }, x);
  const ofState = sums({ weight: stateWeight, bias: stateBias }, h);
  const sigmoid = (sum: number): number => 1 / (1 + Math.exp(-sum));
  for (let j = 0; j < width; j++) {
    const [a, v] = [ofInput, ofState].map((all) => [0, 1, 2, 3].map((gate) => all[gate * width + j]!)) as [
      number[],
      number[],
    ];
    const sum = (gate: number): number => a[gate]! + v[gate]!;
    if (cell === 'GRU') {
      const [r, z] = [sigmoid(sum(0)), sigmoid(sum(1))];
      h[j] = (1 - z) * Math.tanh(a[2]! + r * v[2]!) + z * h[j]!;
    } else {
      c[j] = sigmoid(sum(1)) * c[j]! + sigmoid(sum(0)) * Math.tanh(sum(2));
      h[j] = sigmoid(sum(3)) * Math.tanh(c[j]!);
    }
  }
  return [...h];
}

function outputOf(layer: DenseLayer, x: readonly number[]): number[] {
  const { activation, negativeSlope, layerNorm } = layer;
  const y = sums(layer, x).map((sum) => ACTIVATIONS[activation](sum, negativeSlope));
  if (!layerNorm) return y;
  const mean = y.reduce((total, value) => total + value, 0) / y.length;
  const variance = y.reduce((total, value) => total + (value - mean) * (value - mean), 0) / y.length;
  const rate = 1 / Math.sqrt(variance + LAYER_NORM_EPSILON);
  return y.map((value, o) => (value - mean) * rate * layerNorm.gain.data[o]! + layerNorm.shift.data[o]!);
}

const ACTIVATIONS: Readonly<Record<Activation, (x: number, slope: number) => number>> = {
  none: (x) => x,
  relu: (x) => Math.max(x, 0),
  leaky_relu: (x, slope) => (x > 0 ? x : slope * x),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
};
