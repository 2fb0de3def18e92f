/**
 * ExportedPolicy: what an export writes, as plain data: for every agent the function that greedy evaluation computes. One
 * format per file (onnx.ts, tfjs.ts, torch.ts, numpy.ts, c.ts) translates it; none of them looks at a policy itself.
 *
 * Two things are simpler here than in a policy, with the same result. An agent's id is one-hot, so its column of the first
 * weights is part of the agent's bias. A gaussian head without noise is activation_action(mu): only mu's rows are left.
 */
import type { AgentSpec } from '../core/joint-spec.ts';
import type { TensorMap } from '../core/tensor-map.ts';
import { UserError } from '../core/user-error.ts';
import { STATES, type Activation, type RecurrentSpec } from '../engine/network-spec.ts';
import type { PolicyLayout } from '../policy/layout.ts';
import { identifiers } from './identifiers.ts';
import { ModelReader } from './model-reader.ts';

/** A tensor that networks may share: then it is the same object in all of them. */
export interface ExportedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type ExportedLayer = DenseLayer | RecurrentLayer;

/** y = activation(x W^T + b), then layer normalisation, if any. */
export interface DenseLayer {
  /** W, [outputs, inputs] */
  readonly weight: ExportedTensor;
  /** b, [outputs] */
  readonly bias: ExportedTensor;
  readonly activation: Activation;
  readonly negativeSlope: number;
  /** Each [outputs]. The variance gets LAYER_NORM_EPSILON. */
  readonly layerNorm?: { readonly gain: ExportedTensor; readonly shift: ExportedTensor };
}

export const LAYER_NORM_EPSILON = 1e-5;

/** A recurrent layer with PyTorch's tensors, gates in the order of GATES; cells.ts has the equations. */
export interface RecurrentLayer {
  readonly cell: RecurrentSpec['cell'];
  readonly width: number;
  /** W_ih, [gates width, inputs] */
  readonly inputWeight: ExportedTensor;
  /** W_hh, [gates width, width] */
  readonly stateWeight: ExportedTensor;
  /** b_ih and b_hh, [gates width] */
  readonly inputBias: ExportedTensor;
  readonly stateBias: ExportedTensor;
}

/** An input [B, width]. */
export interface ExportedInput {
  readonly name: 'obs' | 'act' | 'joint_obs' | 'joint_act';
  readonly width: number;
  /** Observation normalisation: (x - mean) scale, clipped to ±range; mean and scale are [width]. */
  readonly normalization?: {
    readonly mean: ExportedTensor;
    readonly scale: ExportedTensor;
    readonly range: number;
  };
}

/** What a model's outputs mean: a Box action clipped to its bounds, scores whose first largest is played, or a Q value. */
export type ExportedOutput =
  | { readonly kind: 'box'; readonly low: number; readonly high: number }
  | { readonly kind: 'discrete' }
  | { readonly kind: 'value' };

/** A function of one or several inputs, which are concatenated. */
export interface ExportedModel {
  readonly inputs: readonly ExportedInput[];
  /** The layers of each network: the sub-policies of an ensemble, or twin critics; mostly one. */
  readonly networks: readonly (readonly ExportedLayer[])[];
  /**
   * Columns of the state, an input and an output [B, state], which is made of stateWidths(). Zeros begin an episode.
   * 0: no recurrence.
   */
  readonly state: number;
  /** Columns of the output. */
  readonly width: number;
  readonly output: ExportedOutput;
}

export interface ExportedAgent {
  readonly spec: AgentSpec;
  /** The agent's name as letters, digits and underscores: for files and C. */
  readonly identifier: string;
  readonly actor: ExportedModel;
  /** On request. */
  readonly critic?: ExportedModel;
}

/** Where a policy comes from. */
export interface Origin {
  readonly maddpg: string;
  readonly agent: string;
  readonly env_name: string;
  readonly env_id: string;
  readonly step: number;
  /** SHA-256 of the checkpoint's weights. */
  readonly weights: string | null;
}

export interface ExportedPolicy {
  readonly origin: Origin;
  readonly agents: readonly ExportedAgent[];
  /** All agents of the environment, in the order of the columns of joint_obs and joint_act. */
  readonly joint: readonly AgentSpec[];
  /** All networks as trained, targets too: for formats that are to train on. */
  readonly trained: { readonly layout: PolicyLayout; readonly weights: TensorMap };
}

export interface ExportChoice {
  /** Whose actors evaluation plays (eval_policy). */
  readonly actor: 'online' | 'target';
  /** obsnorm_range, if observations are normalised. */
  readonly range?: number | undefined;
  /** Only this agent. */
  readonly only?: string | undefined;
  readonly critics?: boolean | undefined;
}

/** The policy of these networks. Throws UserError if it cannot be exported. */
export function exportedPolicy(
  layout: PolicyLayout,
  weights: TensorMap,
  origin: Origin,
  { actor, range, only, critics = false }: ExportChoice,
): ExportedPolicy {
  const { agents } = layout.spec;
  if (critics && layout.options.recurrent && layout.options.recurrent.critics !== 'feed_forward')
    throw new UserError(
      '--critics: expected feed-forward critics, got recurrent ones, whose Q belongs to a whole episode; leave it out',
    );
  const blind = agents.find(({ obsWidth }) => obsWidth === 0);
  if (blind)
    throw new UserError(`export: expected agents that observe something, got ${blind.name}, which does not`);
  const reader = new ModelReader(layout, weights, range);
  const names = identifiers(agents.map(({ name }) => name));
  const exported = agents.flatMap((spec, i) =>
    only === undefined || spec.name === only
      ? {
          spec,
          identifier: names[i]!,
          actor: reader.actor(i, actor),
          ...(critics && { critic: reader.critic(i) }),
        }
      : [],
  );
  return { origin, agents: exported, joint: agents, trained: { layout, weights } };
}

/** Every model: `<agent>` acts, `<agent>.critic` judges. */
export function modelsOf(agents: readonly ExportedAgent[]): { name: string; model: ExportedModel }[] {
  return agents.flatMap(({ identifier, actor, critic }) => [
    { name: identifier, model: actor },
    ...(critic ? [{ name: `${identifier}.critic`, model: critic }] : []),
  ]);
}

/** Every tensor once, by name. */
export function tensorsOf(policy: ExportedPolicy): Map<string, ExportedTensor> {
  const all = modelsOf(policy.agents).flatMap(({ model }) => [
    ...model.inputs.flatMap(({ normalization: by }) => (by ? [by.mean, by.scale] : [])),
    ...model.networks.flat().flatMap(tensorsOfLayer),
  ]);
  return new Map(all.map((tensor) => [tensor.name, tensor]));
}

function tensorsOfLayer(layer: ExportedLayer): ExportedTensor[] {
  if ('cell' in layer) return [layer.inputWeight, layer.stateWeight, layer.inputBias, layer.stateBias];
  const { weight, bias, layerNorm } = layer;
  return [weight, bias, ...(layerNorm ? [layerNorm.gain, layerNorm.shift] : [])];
}

/** Columns of each part of a model's state: h of each recurrent layer in order, followed by c in an LSTM; all equal. */
export function stateWidths({ networks }: Pick<ExportedModel, 'networks'>): number[] {
  return networks[0]!.flatMap((layer) => ('cell' in layer ? STATES[layer.cell].map(() => layer.width) : []));
}

/** Names of a model's outputs: `action`, or `action_0`, `action_1`, ... of several networks. */
export function outputNames(base: string, { networks }: ExportedModel): string[] {
  return networks.length === 1 ? [base] : networks.map((_, k) => `${base}_${k}`);
}
