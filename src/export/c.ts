/**
 * C: `policy.h`, weights and functions in one header that needs no library but C's own: C99, no allocation, no state.
 *
 *   box       void <agent>_act(const float obs[O], float action[A])
 *   discrete  int  <agent>_act(const float obs[O], const unsigned char *mask)    mask: 1 for allowed choices; NULL: all
 *   critic    float <agent>_value(const float *joint_obs, const float *joint_act)
 *
 * An ensemble's functions take the sub-policy as a last argument, those of twin critics the critic.
 */
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

/** A function that writes a model's outputs into y. */
function modelText(model: ExportedModel, name: string, names: Names): string {
  const { inputs, networks } = model;
  const row = inputs.reduce((sum, { width }) => sum + width, 0);
  const widest = Math.max(row, ...networks.flat().map(({ bias }) => bias.data.length));
  const lines = [`float buffers[2][${widest}];`];
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
  const parameters = [...inputs.map(parameterOf), 'int network', 'float *y'].join(', ');
  return `static inline void ${name}(${parameters}) {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

function layersText(layers: readonly ExportedLayer[], row: number, names: Names): string[] {
  let inputs = row;
  return layers.flatMap(({ weight, bias, activation, negativeSlope, layerNorm }, l) => {
    const outputs = bias.data.length;
    const to = l + 1 === layers.length ? 'y' : `buffers[${(l + 1) % 2}]`;
    const tensors = `${inputs}, ${names.get(weight)!}, ${names.get(bias)!}, ${outputs}`;
    const how = `policy_${activation}, ${literal(negativeSlope)}`;
    inputs = outputs;
    return [
      `policy_dense(buffers[${l % 2}], ${tensors}, ${how}, ${to});`,
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
  const obs = parameterOf(actor.inputs[0]!);
  if (actor.output.kind === 'box') {
    const { low, high } = actor.output;
    parts.push(`static inline void ${identifier}_act(${obs}, float action[${actor.width}]${network}) {
  ${outputs}(obs, ${argument}, action);
  for (int k = 0; k < ${actor.width}; k++) action[k] = policy_clip(action[k], ${literal(low)}, ${literal(high)});
}
`);
  } else
    parts.push(`static inline int ${identifier}_act(${obs}, const unsigned char *mask${network}) {
  float scores[${actor.width}];
  ${outputs}(obs, ${argument}, scores);
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
    const act =
      spec.actionKind === 'box'
        ? `  float action[${spec.actWidth}];
  ${identifier}_act(obs, action${first});
  for (int k = 0; k < ${spec.actWidth}; k++) printf("%g\\n", (double)action[k]);`
        : `  printf("%d\\n", ${identifier}_act(obs, NULL${first}));`;
    return `/* cc -std=c99 -O2 example.c -lm */
#include <stdio.h>
#include "policy.h"

int main(void) {
  float obs[${spec.obsWidth}] = {0};
${act}
  return 0;
}
`;
  },
};
