/**
 * C: `policy.h`, weights and functions in one header that needs no library but C's own: C99, no allocation, no state of its own.
 *
 *   box       void <agent>_act(const float obs[O], float action[A])
 *   discrete  int  <agent>_act(const float obs[O], const unsigned char *mask)    mask: 1 for allowed choices; NULL: all
 *   critic    float <agent>_value(const float *joint_obs, const float *joint_act)
 *
 * Recurrent actors have an argument `float state[S]` behind obs, which they move on: zeros begin an episode.
 * An ensemble's functions take the sub-policy as a last argument, those of twin critics the critic.
 */
import { STATES } from '../engine/network-spec.ts';
import {
  LAYER_NORM_EPSILON,
  tensorsOf,
  type ExportedAgent,
  type ExportedInput,
  type ExportedLayer,
  type ExportedModel,
  type ExportedPolicy,
  type ExportedTensor,
} from './exported-policy.ts';
import type { ExportFormat } from './formats.ts';
import { originOf } from './policy-json.ts';

/** The functions that all agents share. */
const HELPERS = `static inline float policy_none(float x, float slope) { (void)slope; return x; }
static inline float policy_relu(float x, float slope) { (void)slope; return x > 0 ? x : 0; }
static inline float policy_leaky_relu(float x, float slope) { return x > 0 ? x : x * slope; }
static inline float policy_sigmoid(float x, float slope) { (void)slope; return 1 / (1 + expf(-x)); }
static inline float policy_tanh(float x, float slope) { (void)slope; return tanhf(x); }
static inline float policy_elu(float x, float slope) { (void)slope; return x > 0 ? x : expf(x) - 1; }
static inline float policy_clip(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

/* y = activation(W x + b) */
static inline void policy_dense(const float *x, int inputs, const float *w, const float *b, int outputs,
                                float (*activation)(float, float), float slope, float *y) {
  for (int o = 0; o < outputs; o++) {
    float sum = 0;
    for (int i = 0; i < inputs; i++) sum += w[o * inputs + i] * x[i];
    y[o] = activation(sum + b[o], slope);
  }
}

/* The gates of a recurrent cell: what its inputs and its state h add up to, rows numbers each. */
static inline void policy_gates(const float *x, int inputs, const float *h, int width, const float *w_ih,
                                const float *w_hh, const float *b_ih, const float *b_hh, int rows, float *gates) {
  policy_dense(x, inputs, w_ih, b_ih, rows, policy_none, 0, gates);
  policy_dense(h, width, w_hh, b_hh, rows, policy_none, 0, gates + rows);
}

/* Moves h on; gates: 6 width numbers. */
static inline void policy_gru(const float *x, int inputs, const float *w_ih, const float *w_hh, const float *b_ih,
                              const float *b_hh, int width, float *gates, float *h) {
  policy_gates(x, inputs, h, width, w_ih, w_hh, b_ih, b_hh, 3 * width, gates);
  for (int j = 0; j < width; j++) {
    const float *a = gates + j, *v = gates + 3 * width + j;
    const float r = policy_sigmoid(a[0] + v[0], 0), z = policy_sigmoid(a[width] + v[width], 0);
    const float n = tanhf(a[2 * width] + r * v[2 * width]);
    h[j] = (1 - z) * n + z * h[j];
  }
}

/* Moves h and c on, which lie side by side; gates: 8 width numbers. */
static inline void policy_lstm(const float *x, int inputs, const float *w_ih, const float *w_hh, const float *b_ih,
                               const float *b_hh, int width, float *gates, float *h) {
  float *c = h + width;
  policy_gates(x, inputs, h, width, w_ih, w_hh, b_ih, b_hh, 4 * width, gates);
  for (int j = 0; j < width; j++) {
    const float *a = gates + j, *v = gates + 4 * width + j;
    const float i = policy_sigmoid(a[0] + v[0], 0), f = policy_sigmoid(a[width] + v[width], 0);
    const float g = tanhf(a[2 * width] + v[2 * width]), o = policy_sigmoid(a[3 * width] + v[3 * width], 0);
    c[j] = f * c[j] + i * g;
    h[j] = o * tanhf(c[j]);
  }
}

/* Layer normalisation, in place. */
static inline void policy_layer_norm(float *x, int width, const float *gain, const float *shift) {
  float mean = 0, variance = 0;
  for (int i = 0; i < width; i++) mean += x[i] / (float)width;
  for (int i = 0; i < width; i++) variance += (x[i] - mean) * (x[i] - mean) / (float)width;
  const float rate = 1 / sqrtf(variance + ${literal(LAYER_NORM_EPSILON)});
  for (int i = 0; i < width; i++) x[i] = (x[i] - mean) * rate * gain[i] + shift[i];
}

static inline void policy_normalize(float *x, int width, const float *mean, const float *scale, float range) {
  for (int i = 0; i < width; i++) x[i] = policy_clip((x[i] - mean[i]) * scale[i], -range, range);
}

/* The first largest score whose action is allowed. */
static inline int policy_choice(const float *scores, const unsigned char *mask, int choices) {
  int best = -1;
  for (int k = 0; k < choices; k++)
    if ((mask == 0 || mask[k]) && (best < 0 || scores[k] > scores[best])) best = k;
  return best;
}
`;

/** A number with the bits of its float32. */
function literal(x: number): string {
  const text = String(Number(Math.fround(x).toPrecision(9)));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}

type Names = ReadonlyMap<ExportedTensor, string>;

function arrayText({ data }: ExportedTensor, name: string): string {
  const numbers = Array.from(data, literal);
  const lines = Array.from({ length: Math.ceil(numbers.length / 8) }, (_, k) =>
    numbers.slice(8 * k, 8 * k + 8).join(', '),
  );
  return `static const float ${name}[${data.length}] = {\n  ${lines.join(',\n  ')}};\n`;
}

/** `const float obs[18]` */
const parameterOf = ({ name, width }: ExportedInput): string => `const float ${name}[${width}]`;

/** `float state[64]` of a recurrent model. */
const stateOf = ({ state }: ExportedModel): string[] => (state > 0 ? [`float state[${state}]`] : []);

/** A function that writes a model's outputs into y. */
function modelText(model: ExportedModel, name: string, names: Names): string {
  const { inputs, networks } = model;
  const row = inputs.reduce((sum, { width }) => sum + width, 0);
  const sizes = networks.flat().map((layer) => ('cell' in layer ? 0 : layer.bias.data.length));
  const widest = Math.max(row, ...sizes);
  const gates = networks
    .flat()
    .flatMap((layer) => ('cell' in layer ? [2 * layer.inputBias.data.length] : []));
  const lines = [
    `float buffers[2][${widest}];`,
    ...(gates.length > 0 ? [`float gates[${Math.max(...gates)}];`] : []),
  ];
  let at = 0;
  for (const input of inputs) {
    const target = at === 0 ? 'buffers[0]' : `buffers[0] + ${at}`;
    lines.push(`for (int i = 0; i < ${input.width}; i++) buffers[0][${at} + i] = ${input.name}[i];`);
    if (input.normalization) {
      const { mean, scale, range } = input.normalization;
      const moments = `${names.get(mean)!}, ${names.get(scale)!}, ${literal(range)}`;
      lines.push(`policy_normalize(${target}, ${input.width}, ${moments});`);
    }
    at += input.width;
  }
  if (networks.length === 1) lines.push('(void)network;');
  networks.forEach((layers, k) => {
    const body = layersText(layers, row, names);
    if (networks.length === 1) lines.push(...body);
    else {
      const last = k + 1 === networks.length;
      const head = `${k > 0 ? 'else ' : ''}${last ? '' : `if (network == ${k}) `}{`;
      lines.push(head, ...body.map((line) => `  ${line}`), '}');
    }
  });
  const parameters = [...inputs.map(parameterOf), ...stateOf(model), 'int network', 'float *y'].join(', ');
  return `static inline void ${name}(${parameters}) {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

function layersText(layers: readonly ExportedLayer[], row: number, names: Names): string[] {
  let [from, inputs, state] = ['buffers[0]', row, 0];
  return layers.flatMap((layer, l) => {
    const x = `${from}, ${inputs}`;
    if ('cell' in layer) {
      const { cell, width, inputWeight, stateWeight, inputBias, stateBias } = layer;
      const tensors = [inputWeight, stateWeight, inputBias, stateBias].map((tensor) => names.get(tensor)!);
      [from, inputs] = [state === 0 ? 'state' : `state + ${state}`, width];
      state += STATES[cell].length * width;
      return `policy_${cell.toLowerCase()}(${x}, ${tensors.join(', ')}, ${width}, gates, ${from});`;
    }
    const { weight, bias, activation, negativeSlope, layerNorm } = layer;
    const outputs = bias.data.length;
    const to = l + 1 === layers.length ? 'y' : `buffers[${(l + 1) % 2}]`;
    const tensors = `${names.get(weight)!}, ${names.get(bias)!}, ${outputs}`;
    const how = `policy_${activation}, ${literal(negativeSlope)}`;
    [from, inputs] = [to, outputs];
    return [
      `policy_dense(${x}, ${tensors}, ${how}, ${to});`,
      ...(layerNorm
        ? [
            `policy_layer_norm(${to}, ${outputs}, ${names.get(layerNorm.gain)!}, ${names.get(layerNorm.shift)!});`,
          ]
        : []),
    ];
  });
}

function agentText({ identifier, actor, critic }: ExportedAgent, names: Names): string {
  const outputs = `${identifier}_outputs`;
  const parts = [modelText(actor, outputs, names)];
  const [network, argument] = actor.networks.length > 1 ? [', int sub_policy', 'sub_policy'] : ['', '0'];
  const obs = [parameterOf(actor.inputs[0]!), ...stateOf(actor)].join(', ');
  const given = actor.state > 0 ? 'obs, state' : 'obs';
  if (actor.output.kind === 'box') {
    const { low, high } = actor.output;
    parts.push(`static inline void ${identifier}_act(${obs}, float action[${actor.width}]${network}) {
  ${outputs}(${given}, ${argument}, action);
  for (int k = 0; k < ${actor.width}; k++) action[k] = policy_clip(action[k], ${literal(low)}, ${literal(high)});
}
`);
  } else
    parts.push(`static inline int ${identifier}_act(${obs}, const unsigned char *mask${network}) {
  float scores[${actor.width}];
  ${outputs}(${given}, ${argument}, scores);
  return policy_choice(scores, mask, ${actor.width});
}
`);
  if (critic) parts.push(criticText(identifier, critic, names));
  return parts.join('\n');
}

function criticText(identifier: string, critic: ExportedModel, names: Names): string {
  const [network, argument] = critic.networks.length > 1 ? [', int critic', 'critic'] : ['', '0'];
  const parameters = critic.inputs.map(parameterOf).join(', ');
  const given = critic.inputs.map(({ name }) => name).join(', ');
  return `${modelText(critic, `${identifier}_critic_outputs`, names)}
static inline float ${identifier}_value(${parameters}${network}) {
  float value[1];
  ${identifier}_critic_outputs(${given}, ${argument}, value);
  return value[0];
}
`;
}

function header(policy: ExportedPolicy): string {
  const tensors = [...tensorsOf(policy).values()];
  const names = new Map(tensors.map((tensor, k) => [tensor, `policy_w${k}`]));
  const origin = Object.entries(originOf(policy)).map(([key, value]) => `   ${key}: ${comment(value)}\n`);
  return `/* Greedy policies of all agents, written by maddpg export; README.md says how to use them.
${origin.join('')}*/
#ifndef MADDPG_POLICY_H
#define MADDPG_POLICY_H

#include <math.h>

${tensors.map((tensor) => arrayText(tensor, names.get(tensor)!)).join('\n')}
${HELPERS}
${policy.agents.map((agent) => agentText(agent, names)).join('\n')}
#endif
`;
}

/** Text that cannot end a comment. */
function comment(text: string): string {
  return text.replace(/[^\w .:,/+-]/g, '_').replaceAll('/*', '/ *');
}

export const c: ExportFormat = {
  files: (policy) => [{ name: 'policy.h', content: header(policy) }],
  language: 'c',
  usage: ({ agents }) => {
    const { identifier, actor, spec } = agents[0]!;
    const first = actor.networks.length > 1 ? ', 0' : '';
    const given = actor.state > 0 ? 'obs, state' : 'obs';
    const act =
      spec.actionKind === 'box'
        ? `  float action[${spec.actWidth}];
  ${identifier}_act(${given}, action${first});
  for (int k = 0; k < ${spec.actWidth}; k++) printf("%g\\n", (double)action[k]);`
        : `  printf("%d\\n", ${identifier}_act(${given}, NULL${first}));`;
    return `/* cc -std=c99 -O2 example.c -lm */
#include <stdio.h>
#include "policy.h"

int main(void) {
  float obs[${spec.obsWidth}] = {0};
${actor.state > 0 ? `  float state[${actor.state}] = {0}; /* zeros where an episode begins */\n` : ''}${act}
  return 0;
}
`;
  },
};
