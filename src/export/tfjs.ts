/**
 * TensorFlow.js: a layers model for every agent, `<agent>/model.json` and `<agent>/weights.bin`, which tf.loadLayersModel
 * reads without custom layers. Keras has no layer that scales or clips by constants: a BatchNormalization of variance 1 does
 * the one, Minimum and Maximum of another the other. The model of an agent with discrete actions returns scores.
 */
import type { Activation } from '../engine/network-spec.ts';
import {
  LAYER_NORM_EPSILON,
  modelsOf,
  outputNames,
  type ExportedInput,
  type ExportedLayer,
  type ExportedModel,
  type ExportedPolicy,
} from './exported-policy.ts';
import type { ExportedFile, ExportFormat } from './formats.ts';
import { originOf, spacesOf } from './policy-json.ts';

interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A layer's output. */
interface Value {
  readonly layer: string;
  readonly width: number;
}

/** Keras' configuration of a functional model, layer by layer. */
class KerasWriter {
  readonly layers: unknown[] = [];
  readonly weights: Weight[] = [];

  input(name: string, width: number): Value {
    const config = { batch_input_shape: [null, width], dtype: 'float32', sparse: false, name };
    this.layers.push({ class_name: 'InputLayer', name, config, inbound_nodes: [] });
    return { layer: name, width };
  }

  /** `weights` by Keras' names. */
  apply(
    kind: string,
    inputs: readonly Value[],
    width: number,
    config: Readonly<Record<string, unknown>>,
    weights: Readonly<Record<string, Omit<Weight, 'name'>>> = {},
    name = `layer_${this.layers.length}`,
  ): Value {
    this.layers.push({
      ...{ class_name: kind, name, config: { ...config, name, trainable: true } },
      inbound_nodes: [inputs.map(({ layer }) => [layer, 0, 0, {}])],
    });
    for (const [leaf, weight] of Object.entries(weights))
      this.weights.push({ ...weight, name: `${name}/${leaf}` });
    return { layer: name, width };
  }

  dense(x: Value, kernel: Float32Array, bias: Float32Array, activation = 'linear'): Value {
    const width = bias.length;
    return this.apply(
      'Dense',
      [x],
      width,
      { units: width, activation, use_bias: true },
      {
        kernel: { shape: [x.width, width], data: kernel },
        bias: { shape: [width], data: bias },
      },
    );
  }

  /** (x - mean) gamma + beta, each [width]. */
  affine(x: Value, { mean, gamma, beta }: Readonly<Record<'mean' | 'gamma' | 'beta', Float32Array>>): Value {
    const variance = new Float32Array(x.width).fill(1);
    const weights = { gamma, beta, moving_mean: mean, moving_variance: variance };
    return this.apply(
      'BatchNormalization',
      [x],
      x.width,
      { axis: -1, epsilon: 0, center: true, scale: true },
      Object.fromEntries(Object.entries(weights).map(([name, data]) => [name, { shape: [x.width], data }])),
    );
  }

  /** `kind` Minimum or Maximum of x and a constant, which is 0 x + limit. */
  limit(kind: 'Minimum' | 'Maximum', x: Value, limit: number, name?: string): Value {
    const zeros = new Float32Array(x.width);
    const constant = this.affine(x, { mean: zeros, gamma: zeros, beta: zeros.map(() => limit) });
    return this.apply(kind, [x, constant], x.width, {}, {}, name);
  }
}

function writeModel(keras: KerasWriter, model: ExportedModel): { inputs: Value[]; outputs: Value[] } {
  const { output } = model;
  const inputs = model.inputs.map(({ name, width }) => keras.input(name, width));
  const parts = inputs.map((input, k) => normalized(keras, input, model.inputs[k]!));
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const row = parts.length === 1 ? parts[0]! : keras.apply('Concatenate', parts, width, { axis: -1 });
  const base = { box: 'action', discrete: 'scores', value: 'value' }[output.kind];
  const outputs = model.networks.map((layers, k) => {
    const y = layers.reduce((x, layer) => dense(keras, x, layer), row);
    const name = outputNames(base, model)[k]!;
    if (output.kind === 'box')
      return keras.limit('Minimum', keras.limit('Maximum', y, output.low), output.high, name);
    return keras.apply('Activation', [y], y.width, { activation: 'linear' }, {}, name);
  });
  return { inputs, outputs };
}

function normalized(keras: KerasWriter, x: Value, { normalization }: ExportedInput): Value {
  if (!normalization) return x;
  const { mean, scale, range } = normalization;
  const y = keras.affine(x, { mean: mean.data, gamma: scale.data, beta: mean.data.map(() => 0) });
  return keras.limit('Minimum', keras.limit('Maximum', y, -range), range);
}

/** Names of activations that Dense knows. */
const ACTIVATIONS: Readonly<Partial<Record<Activation, string>>> = {
  ...{ relu: 'relu', sigmoid: 'sigmoid', tanh: 'tanh', elu: 'elu' },
};

function dense(keras: KerasWriter, x: Value, layer: ExportedLayer): Value {
  const { weight, bias, activation, negativeSlope, layerNorm } = layer;
  const kernel = transposed(weight.data, bias.data.length, x.width);
  const sum = keras.dense(x, kernel, bias.data, ACTIVATIONS[activation]);
  const { width } = sum;
  const y =
    activation === 'leaky_relu' ? keras.apply('LeakyReLU', [sum], width, { alpha: negativeSlope }) : sum;
  if (!layerNorm) return y;
  return keras.apply(
    'LayerNormalization',
    [y],
    width,
    { axis: -1, epsilon: LAYER_NORM_EPSILON, center: true, scale: true },
    { gamma: layerNorm.gain, beta: layerNorm.shift },
  );
}

/** [rows, columns] as [columns, rows] */
function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(data, (_, k) => data[(k % rows) * columns + Math.floor(k / rows)]!);
}

function filesOf(policy: ExportedPolicy, name: string, model: ExportedModel): ExportedFile[] {
  const keras = new KerasWriter();
  const { inputs, outputs } = writeModel(keras, model);
  const ends = (values: readonly Value[]): unknown[] => values.map(({ layer }) => [layer, 0, 0]);
  const config = { name, layers: keras.layers, input_layers: ends(inputs), output_layers: ends(outputs) };
  const json = {
    format: 'layers-model',
    generatedBy: `maddpg ${policy.origin.maddpg}`,
    convertedBy: null,
    modelTopology: { backend: 'tensor_flow.js', model_config: { class_name: 'Model', config } },
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: keras.weights.map((weight) => ({
          name: weight.name,
          shape: weight.shape,
          dtype: 'float32',
        })),
      },
    ],
    userDefinedMetadata: { ...originOf(policy), agents: spacesOf(policy) },
  };
  const data = Buffer.concat(
    keras.weights.map(
      (weight) => new Uint8Array(weight.data.buffer, weight.data.byteOffset, weight.data.byteLength),
    ),
  );
  return [
    { name: `${name}/model.json`, content: JSON.stringify(json) },
    { name: `${name}/weights.bin`, content: data },
  ];
}

export const tfjs: ExportFormat = {
  files: (policy) => modelsOf(policy.agents).flatMap(({ name, model }) => filesOf(policy, name, model)),
  language: 'js',
  usage: ({ agents }) => {
    const { identifier, actor, spec } = agents[0]!;
    const first = actor.networks.length > 1 ? '[0]' : '';
    const outputs = `model.predict(obs)${first}`;
    const action = spec.actionKind === 'box' ? outputs : `tf.argMax(${outputs}, -1)`;
    return `// npm install @tensorflow/tfjs
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';

// In a browser: tf.loadLayersModel('${identifier}/model.json').
const { modelTopology, weightsManifest } = JSON.parse(readFileSync('${identifier}/model.json', 'utf8'));
const weightData = new Uint8Array(readFileSync('${identifier}/weights.bin')).buffer;
const artifacts = { modelTopology, weightSpecs: weightsManifest[0].weights, weightData };
const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
const obs = tf.zeros([1, ${spec.obsWidth}]); // a row per observation of ${identifier}
console.log(await ${action}.array());
`;
  },
};
