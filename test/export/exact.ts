/** What an exported model answers without rounding: its float32 weights, computed in float64. */
import type { Activation } from '../../src/engine/network-spec.ts';
import {
  LAYER_NORM_EPSILON,
  type ExportedInput,
  type ExportedLayer,
  type ExportedModel,
} from '../../src/export/exported-policy.ts';

/**
 * Outputs [rows, width] of network k for inputs [rows, input.width], actions clipped to their bounds; and for each its size,
 * the sum of the absolute values of all that the last layer adds up for it: what rounding errors grow with.
 */
export function exactAnswers(
  { inputs, networks, width, output }: ExportedModel,
  k: number,
  given: ReadonlyMap<string, Float32Array>,
): { answers: Float64Array; sizes: Float64Array } {
  const rows = given.get(inputs[0]!.name)!.length / inputs[0]!.width;
  const [answers, sizes] = [new Float64Array(rows * width), new Float64Array(rows * width)];
  const hidden = networks[k]!.slice(0, -1);
  const last = networks[k]!.at(-1)!;
  for (let row = 0; row < rows; row++) {
    let x = inputs.flatMap((input) => inputOf(input, given.get(input.name)!, row));
    for (const layer of hidden) x = outputOf(layer, x);
    sizes.set(sums(last, x, Math.abs), row * width);
    x = outputOf(last, x);
    if (output.kind === 'box') x = x.map((y) => Math.min(Math.max(y, output.low), output.high));
    answers.set(x, row * width);
  }
  return { answers, sizes };
}

/** Sums of weighted inputs and bias, `of` each. */
function sums({ weight, bias }: ExportedLayer, x: readonly number[], of = (term: number) => term): number[] {
  return Array.from(bias.data, (b, o) =>
    x.reduce((total, value, i) => total + of(value * weight.data[o * x.length + i]!), of(b)),
  );
}

function inputOf({ width, normalization: by }: ExportedInput, data: Float32Array, row: number): number[] {
  const x = [...data.subarray(row * width, (row + 1) * width)];
  if (!by) return x;
  const { mean, scale, range } = by;
  return x.map((y, c) => Math.min(Math.max((y - mean.data[c]!) * scale.data[c]!, -range), range));
}

function outputOf(layer: ExportedLayer, x: readonly number[]): number[] {
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
