/**
 * TensorFlow.js: a layers model for every agent, `<agent>/model.json` and `<agent>/weights.bin`, which tf.loadLayersModel
 * reads without custom layers. Keras has no layer that scales or clips by constants: a BatchNormalization of variance 1 does
 * the one, Minimum and Maximum of another the other. The model of an agent with discrete actions returns scores. Recurrent
 * cells are Dense layers, one for each gate: Keras' own GRU here knows PyTorch's equations only by name (reset_after).
 */
import { GATES, STATES, type Activation } from '../engine/network-spec.ts';
import { nextStates, type CellOperations } from './cells.ts';
import {
  LAYER_NORM_EPSILON,
  modelsOf,
  outputNames,
  stateWidths,
  type DenseLayer,
  type ExportedInput,
  type ExportedModel,
  type ExportedPolicy,
  type RecurrentLayer,
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

  concatenated(parts: readonly Value[], name?: string): Value {
    if (parts.length === 1) return parts[0]!;
    const width = parts.reduce((sum, part) => sum + part.width, 0);
    return this.apply('Concatenate', parts, width, { axis: -1 }, {}, name);
  }

  /** x under another name. */
  named(x: Value, name: string): Value {
    return this.apply('Activation', [x], x.width, { activation: 'linear' }, {}, name);
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
  const row = keras.concatenated(parts);
  const state = model.state > 0 ? [keras.input('state', model.state)] : [];
  const remembered = state.flatMap((whole) => partsOf(keras, whole, stateWidths(model)));
  const next: Value[] = [];
  const base = { box: 'action', discrete: 'scores', value: 'value' }[output.kind];
  const outputs = model.networks.map((layers, k) => {
    const y = layers.reduce((x, layer) => {
      if (!('cell' in layer)) return dense(keras, x, layer);
      const states = stepped(keras, x, layer, remembered.splice(0, STATES[layer.cell].length));
      next.push(...states);
      return states[0]!;
    }, row);
    const name = outputNames(base, model)[k]!;
    if (output.kind === 'box')
      return keras.limit('Minimum', keras.limit('Maximum', y, output.low), output.high, name);
    return keras.named(y, name);
  });
  return {
    inputs: [...inputs, ...state],
    outputs: [...outputs, ...state.map(() => keras.named(keras.concatenated(next), 'next_state'))],
  };
}

/** The parts of a state, which Keras cannot slice: products with columns of the unit matrix. */
function partsOf(keras: KerasWriter, state: Value, widths: readonly number[]): Value[] {
  if (widths.length === 1) return [state];
  let from = 0;
  return widths.map((width) => {
    const first = from;
    from += width;
    const columns = Float32Array.from({ length: state.width * width }, (_, k) =>
      Math.floor(k / width) === first + (k % width) ? 1 : 0,
    );
    return keras.dense(state, columns, new Float32Array(width));
  });
}

/** The states of a layer one step on, h first. */
function stepped(keras: KerasWriter, x: Value, layer: RecurrentLayer, states: readonly Value[]): Value[] {
  const { cell, width, inputWeight, inputBias, stateWeight, stateBias } = layer;
  const sums = (of: Value, weight: Float32Array, bias: Float32Array): Value[] =>
    GATES[cell].map((_, gate) => {
      const rows = weight.subarray(gate * width * of.width, (gate + 1) * width * of.width);
      return keras.dense(
        of,
        transposed(rows, width, of.width),
        bias.subarray(gate * width, (gate + 1) * width),
      );
    });
  const ofInput = sums(x, inputWeight.data, inputBias.data);
  const ofState = sums(states[0]!, stateWeight.data, stateBias.data);
  return nextStates(cell, { ofInput, ofState }, states, operations(keras));
}

function operations(keras: KerasWriter): CellOperations<Value> {
  const activated = (x: Value, activation: string): Value =>
    keras.apply('Activation', [x], x.width, { activation });
  return {
    add: (a, b) => keras.apply('Add', [a, b], a.width, {}),
    multiply: (a, b) => keras.apply('Multiply', [a, b], a.width, {}),
    sigmoid: (x) => activated(x, 'sigmoid'),
    tanh: (x) => activated(x, 'tanh'),
    complement: (x) => {
      const ones = new Float32Array(x.width).fill(1);
      return keras.affine(x, { mean: new Float32Array(x.width), gamma: ones.map((one) => -one), beta: ones });
    },
  };
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

function dense(keras: KerasWriter, x: Value, layer: DenseLayer): Value {
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
    userDefinedMetadata: { ...originOf(policy), agents: spacesOf(policy.trained.layout) },
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
    const action = (output: string): string =>
      spec.actionKind === 'box' ? output : `tf.argMax(${output}, -1)`;
    const acting = `const obs = tf.zeros([1, ${spec.obsWidth}]); // a row per observation of ${identifier}
console.log(await ${action(`model.predict(obs)${first}`)}.array());`;
    const remembering = `const [obs, state] = [tf.zeros([1, ${spec.obsWidth}]), tf.zeros([1, ${actor.state}])]; // zeros begin an episode
const [output, next] = model.predict([obs, state]); // next: the state after this step
console.log(await ${action('output')}.array());`;
    return `// npm install @tensorflow/tfjs
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';

// In a browser: tf.loadLayersModel('${identifier}/model.json').
const { modelTopology, weightsManifest } = JSON.parse(readFileSync('${identifier}/model.json', 'utf8'));
const weightData = new Uint8Array(readFileSync('${identifier}/weights.bin')).buffer;
const artifacts = { modelTopology, weightSpecs: weightsManifest[0].weights, weightData };
const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
${actor.state > 0 ? remembering : acting}
`;
  },
};
