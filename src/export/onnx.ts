/**
 * ONNX: `<agent>.onnx` (inputs `obs` [batch, width], outputs `action`) and `policy.onnx` with all agents (`<agent>/obs`,
 * `<agent>/action`). A discrete `action` is a whole number [batch], beside `scores` for those who mask actions themselves;
 * the sub-policies of an ensemble have outputs `action_0`, `action_1`, ... Critics: `<agent>.critic.onnx`, output `value`.
 * Recurrent actors have an input `state` and an output `next_state`; cells are plain operations, which every runtime has.
 */
import { GATES, STATES, type Activation } from '../engine/network-spec.ts';
import { nextStates, type CellOperations } from './cells.ts';
import {
  LAYER_NORM_EPSILON,
  modelsOf,
  outputNames,
  stateWidths,
  type ExportedAgent,
  type DenseLayer,
  type ExportedInput,
  type ExportedModel,
  type ExportedPolicy,
  type ExportedTensor,
  type RecurrentLayer,
} from './exported-policy.ts';
import {
  FLOAT,
  floatTensor,
  INT64,
  node,
  onnxModel,
  valueInfo,
  type OnnxAttribute,
} from './onnx-messages.ts';
import { originOf, spacesOf } from './policy-json.ts';
import type { ExportFormat } from './formats.ts';

type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** Collects nodes; its methods return names of values. */
class GraphWriter {
  readonly nodes: Uint8Array[] = [];
  readonly inputs: Uint8Array[] = [];
  readonly outputs: Uint8Array[] = [];
  readonly #initializers = new Map<string, Uint8Array>();
  #values = 0;

  get initializers(): Uint8Array[] {
    return [...this.#initializers.values()];
  }

  input(name: string, width: number): string {
    this.inputs.push(valueInfo(name, FLOAT, [width]));
    return name;
  }

  tensor({ name, shape, data }: ExportedTensor): string {
    if (!this.#initializers.has(name)) this.#initializers.set(name, floatTensor(name, shape, data));
    return name;
  }

  /** A number of no dimensions. */
  number(value: number): string {
    return this.tensor({ name: `constant/${value}`, shape: [], data: Float32Array.of(value) });
  }

  apply(operation: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const output = this.#value();
    this.nodes.push(node(operation, inputs, [output], attributes));
    return output;
  }

  /** The columns of x in equal parts. */
  split(x: string, parts: number): string[] {
    if (parts === 1) return [x];
    const outputs = Array.from({ length: parts }, () => this.#value());
    this.nodes.push(node('Split', [x], outputs, { axis: { int: 1 } }));
    return outputs;
  }

  concatenated(parts: readonly string[]): string {
    return parts.length === 1 ? parts[0]! : this.apply('Concat', parts, { axis: { int: 1 } });
  }

  output(
    name: string,
    type: number,
    shape: readonly number[],
    ...[operation, inputs, attributes]: Parameters<GraphWriter['apply']>
  ): void {
    this.nodes.push(node(operation, inputs, [name], attributes));
    this.outputs.push(valueInfo(name, type, shape));
  }

  #value(): string {
    this.#values += 1;
    return `value/${this.#values}`;
  }
}

function writeModel(graph: GraphWriter, model: ExportedModel, prefix: string): void {
  const parts = model.inputs.map((input) => normalized(graph, input, prefix));
  const row = graph.concatenated(parts);
  const remembered = statesOf(graph, model, prefix);
  const next: string[] = [];
  const base = model.output.kind === 'value' ? 'value' : 'action';
  const names = outputNames(base, model);
  const scores = outputNames('scores', model);
  model.networks.forEach((layers, k) => {
    const y = layers.reduce((x, layer) => {
      if (!('cell' in layer)) return dense(graph, x, layer);
      const states = stepped(graph, x, layer, remembered.splice(0, STATES[layer.cell].length));
      next.push(...states);
      return states[0]!;
    }, row);
    const name = `${prefix}${names[k]!}`;
    switch (model.output.kind) {
      case 'box': {
        const limits = [graph.number(model.output.low), graph.number(model.output.high)];
        graph.output(name, FLOAT, [model.width], 'Clip', [y, ...limits]);
        break;
      }
      case 'discrete':
        graph.output(name, INT64, [], 'ArgMax', [y], { axis: { int: 1 }, keepdims: { int: 0 } });
        graph.output(`${prefix}${scores[k]!}`, FLOAT, [model.width], 'Identity', [y]);
        break;
      case 'value':
        graph.output(name, FLOAT, [1], 'Identity', [y]);
    }
  });
  if (model.state > 0)
    graph.output(`${prefix}next_state`, FLOAT, [model.state], 'Identity', [graph.concatenated(next)]);
}

/** The states of all layers in order. */
function statesOf(graph: GraphWriter, model: ExportedModel, prefix: string): string[] {
  const { state } = model;
  return state === 0 ? [] : graph.split(graph.input(`${prefix}state`, state), stateWidths(model).length);
}

/** The states of a layer one step on, h first. */
function stepped(graph: GraphWriter, x: string, layer: RecurrentLayer, states: readonly string[]): string[] {
  const { cell, inputWeight, inputBias, stateWeight, stateBias } = layer;
  const sums = (of: string, weight: ExportedTensor, bias: ExportedTensor): string[] =>
    graph.split(affine(graph, of, weight, bias), GATES[cell].length);
  const ofInput = sums(x, inputWeight, inputBias);
  return nextStates(
    cell,
    { ofInput, ofState: sums(states[0]!, stateWeight, stateBias) },
    states,
    operations(graph),
  );
}

function operations(graph: GraphWriter): CellOperations<string> {
  return {
    add: (a, b) => graph.apply('Add', [a, b]),
    multiply: (a, b) => graph.apply('Mul', [a, b]),
    sigmoid: (x) => graph.apply('Sigmoid', [x]),
    tanh: (x) => graph.apply('Tanh', [x]),
    complement: (x) => graph.apply('Sub', [graph.number(1), x]),
  };
}

/** x W^T + b */
function affine(graph: GraphWriter, x: string, weight: ExportedTensor, bias: ExportedTensor): string {
  return graph.apply('Gemm', [x, graph.tensor(weight), graph.tensor(bias)], { transB: { int: 1 } });
}

function normalized(
  graph: GraphWriter,
  { name, width, normalization }: ExportedInput,
  prefix: string,
): string {
  const input = graph.input(`${prefix}${name}`, width);
  if (!normalization) return input;
  const { mean, scale, range } = normalization;
  const centred = graph.apply('Sub', [input, graph.tensor(mean)]);
  const scaled = graph.apply('Mul', [centred, graph.tensor(scale)]);
  return graph.apply('Clip', [scaled, graph.number(-range), graph.number(range)]);
}

function dense(graph: GraphWriter, x: string, layer: DenseLayer): string {
  const { weight, bias, activation, negativeSlope, layerNorm } = layer;
  const y = activated(graph, affine(graph, x, weight, bias), activation, negativeSlope);
  if (!layerNorm) return y;
  const { gain, shift } = layerNorm;
  return graph.apply('LayerNormalization', [y, graph.tensor(gain), graph.tensor(shift)], {
    epsilon: { float: LAYER_NORM_EPSILON },
  });
}

function activated(graph: GraphWriter, x: string, activation: Activation, slope: number): string {
  switch (activation) {
    case 'none':
      return x;
    case 'relu':
      return graph.apply('Relu', [x]);
    case 'leaky_relu':
      return graph.apply('LeakyRelu', [x], { alpha: { float: slope } });
    case 'sigmoid':
      return graph.apply('Sigmoid', [x]);
    case 'tanh':
      return graph.apply('Tanh', [x]);
    case 'elu':
      return graph.apply('Elu', [x]);
  }
}

/** The file of some models, with the inputs and outputs of each under its own prefix. */
function file(
  policy: ExportedPolicy,
  name: string,
  models: readonly { readonly prefix: string; readonly model: ExportedModel }[],
): Uint8Array {
  const graph = new GraphWriter();
  for (const { prefix, model } of models) writeModel(graph, model, prefix);
  const metadata = { ...originOf(policy), agents: JSON.stringify(spacesOf(policy.trained.layout)) };
  return onnxModel(name, graph, policy.origin.maddpg, metadata);
}

export const onnx: ExportFormat = {
  files: (policy) => [
    ...(policy.agents.length === policy.joint.length
      ? [
          {
            name: 'policy.onnx',
            content: file(
              policy,
              'policy',
              policy.agents.map(({ spec, actor }) => ({ prefix: `${spec.name}/`, model: actor })),
            ),
          },
        ]
      : []),
    ...modelsOf(policy.agents).map(({ name, model }) => ({
      name: `${name}.onnx`,
      content: file(policy, name, [{ prefix: '', model }]),
    })),
  ],
  language: 'python',
  usage: ({ agents }) => {
    const { identifier, spec, actor } = agents[0]!;
    const act = `action = session.run(["${actionName(agents[0]!)}"], {"obs": obs})[0]`;
    const remembering = `state = np.zeros((1, ${actor.state}), np.float32)  # zeros where an episode begins
action, state = session.run(["action", "next_state"], {"obs": obs, "state": state})`;
    return `# pip install onnxruntime numpy
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("${identifier}.onnx", providers=["CPUExecutionProvider"])
obs = np.zeros((1, ${spec.obsWidth}), np.float32)  # one row per observation of ${identifier}
${actor.state > 0 ? remembering : act}
print(action)  # ${spec.actionKind === 'box' ? `[[...]]: ${spec.actWidth} numbers per row` : '[k]: a choice per row'}
`;
  },
};

/** The output that acts: of an ensemble, its first sub-policy's. */
function actionName({ actor }: ExportedAgent): string {
  return outputNames('action', actor)[0]!;
}
