/**
 * policy.json of an export: what its tensors mean, for programs that compute with them (policy.py),
 * and where they come from.
 */
import type { AgentSpec } from '../core/joint-spec.ts';
import type { PolicyLayout } from '../policy/layout.ts';
import type { ExportedInput, ExportedLayer, ExportedModel, ExportedPolicy } from './exported-policy.ts';

/** Where a policy comes from, as texts. */
export function originOf({ origin }: ExportedPolicy): Record<string, string> {
  return Object.fromEntries(Object.entries(origin).map(([key, value]) => [key, String(value)]));
}

interface Spaces {
  readonly name: string;
  readonly observation: number;
  readonly action: { readonly kind: AgentSpec['actionKind']; readonly size: number };
  /** Of recurrent actors. */
  readonly state?: number;
}

/** Spaces of every agent, in the order of joint rows. */
export function spacesOf(layout: PolicyLayout): Spaces[] {
  return layout.spec.agents.map(
    ({ name, obsWidth, actWidth, actionKind, actionLow: low, actionHigh: high }, i) => {
      const state = layout.stateWidth(i);
      return {
        name,
        observation: obsWidth,
        action: { kind: actionKind, size: actWidth, ...(actionKind === 'box' ? { low, high } : {}) },
        ...(state > 0 && { state }),
      };
    },
  );
}

/** Tensors are named. */
export function policyJson(policy: ExportedPolicy): string {
  const agents = policy.agents.map(({ spec, actor, critic }) => [
    spec.name,
    { actor: modelJson(actor), ...(critic && { critic: modelJson(critic) }) },
  ]);
  return JSON.stringify({
    origin: policy.origin,
    spaces: spacesOf(policy.trained.layout),
    agents: Object.fromEntries(agents) as unknown,
  });
}

function modelJson({ inputs, networks, state, output }: ExportedModel): unknown {
  return {
    inputs: inputs.map(inputJson),
    networks: networks.map((layers) => layers.map(layerJson)),
    state,
    output,
  };
}

function inputJson({ name, width, normalization: by }: ExportedInput): unknown {
  return { name, width, ...(by && { mean: by.mean.name, scale: by.scale.name, range: by.range }) };
}

function layerJson(layer: ExportedLayer): unknown {
  if ('cell' in layer) {
    const { cell, inputWeight, stateWeight, inputBias, stateBias } = layer;
    return {
      ...{ cell, W_ih: inputWeight.name, W_hh: stateWeight.name, b_ih: inputBias.name, b_hh: stateBias.name },
    };
  }
  const { weight, bias, activation, negativeSlope, layerNorm } = layer;
  return {
    ...{ weight: weight.name, bias: bias.name, activation, slope: negativeSlope },
    ...(layerNorm && { gain: layerNorm.gain.name, shift: layerNorm.shift.name }),
  };
}
