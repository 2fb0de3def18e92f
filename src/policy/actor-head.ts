/**
 * Actor heads: how an actor's outputs become an action, as graphs. Which head an actor has follows from its agents'
 * action space and from the algorithm; what the networks compute stands in engine/, who calls them in policy.ts
 * and learners/.
 *
 *   deterministic  a = activation_action(z), for Box actions
 *   gaussian       a = activation_action(mu + sigma eps), eps normal, for the soft algorithms; greedy: eps = 0
 *   gumbel         a choice by softmax(z), for Discrete actions; greedy: the largest z; z of allowed actions alone
 */
import type { JointSpec } from '../core/joint-spec.ts';
import { log } from '../core/math.ts';
import type { GraphBuilder } from '../engine/builder.ts';
import { GraphError, type Value } from '../engine/graph.ts';
import type { Activation } from '../engine/network-spec.ts';
import type { PolicyDesign } from './design.ts';
import type { ParameterGroup } from './groups.ts';

export type ActorHead = 'deterministic' | 'gaussian' | 'gumbel';

/** What a head's samples are drawn from; a deterministic one has none. */
export type ActingNoise = 'normal' | 'gumbel' | undefined;

export function actingNoiseOf(head: ActorHead): ActingNoise {
  return head === 'gaussian' ? 'normal' : head === 'gumbel' ? 'gumbel' : undefined;
}

export interface HeadOptions {
  readonly activation_action: Activation;
  /** What a critic sees of a discrete action: the relaxed sample, or a one-hot vector with that one's gradient. */
  readonly gumbel: 'soft' | 'straight_through';
  /** Of the relaxed sample: towards 0 it is nearly one-hot. */
  readonly gumbel_temperature: number;
}

/** What a head follows from. */
export interface HeadedPolicy {
  readonly spec: JointSpec;
  designOf(group: ParameterGroup): PolicyDesign;
}

/** How the outputs of a group's actor become actions. */
export function headOf(policy: HeadedPolicy, group: ParameterGroup): ActorHead {
  const discrete = policy.spec.agents[group.agents[0]!]!.actionKind === 'discrete';
  return discrete ? 'gumbel' : (policy.designOf(group).actorHead ?? 'deterministic');
}

/** Score of an illegal action: far below any other, and finite when divided by a temperature. */
const ILLEGAL_SCORE = -1e20;

/**
 * Scores whose illegal actions can be neither drawn nor the largest, and get no gradient: z m + ILLEGAL_SCORE (1 - m).
 * Scores of allowed actions keep their value.
 * @param mask 1 for allowed and 0 for illegal actions, in the shape of the scores
 */
export function allowedScores(graph: GraphBuilder, scores: Value, mask: Value): Value {
  const barred = graph.scale(graph.subtract(graph.constant(1), mask), ILLEGAL_SCORE);
  return graph.add(graph.multiply(scores, mask), barred);
}

/** Limits of log sigma, as in XuanCe; no gradient passes outside. */
const LOG_STD = [-20, 2] as const;

/** A sample and its log probability. */
export interface GaussianSample {
  /** [B, n, A_i] */
  readonly actions: Value;
  /** [B, n, 1] */
  readonly logProbability: Value;
}

/**
 * Actions [B, n, A_i] without any randomness, from the outputs [B, n, .] of an actor. `allowed` [B, n, A_i]: action mask
 * of a gumbel head.
 */
export function greedyActions(
  graph: GraphBuilder,
  head: ActorHead,
  { activation_action }: HeadOptions,
  outputs: Value,
  allowed?: Value,
): Value {
  switch (head) {
    case 'deterministic':
      return outputs;
    case 'gaussian':
      return squash(graph, activation_action, halves(graph, outputs)[0]);
    case 'gumbel':
      return graph.oneHot(allowed ? allowedScores(graph, outputs, allowed) : outputs);
  }
}

/**
 * Sampled actions [B, n, A_i], through which gradients flow. `noise` is [B, n, A_i]: standard normal for gaussian,
 * standard Gumbel for gumbel (Jang et al. 2017, Maddison et al. 2017); deterministic takes none. `allowed` [B, n, A_i]:
 * action mask of a gumbel head.
 */
export function sampledActions(
  graph: GraphBuilder,
  head: ActorHead,
  options: HeadOptions,
  outputs: Value,
  noise: Value,
  allowed?: Value,
): Value {
  switch (head) {
    case 'deterministic':
      return outputs;
    case 'gaussian':
      return gaussianSample(graph, options, outputs, noise).actions;
    case 'gumbel': {
      const { gumbel, gumbel_temperature: temperature } = options;
      const scores = allowed ? allowedScores(graph, outputs, allowed) : outputs;
      const perturbed = graph.add(scores, noise);
      const relaxed = graph.softmax(temperature === 1 ? perturbed : graph.scale(perturbed, 1 / temperature));
      // Exactly 0 for illegal actions: an engine's exp may stop at the smallest normal float32.
      const soft = allowed ? graph.multiply(relaxed, allowed) : relaxed;
      return gumbel === 'soft' ? soft : graph.oneHot(soft);
    }
  }
}

/**
 * a = squash(x), x = mu + sigma eps, and with the change of variables of tanh (Haarnoja et al. 2018, appendix C)
 *
 *   log pi = sum over components of [-eps^2/2 - log sigma - log(2 pi)/2 - 2 (log 2 - x - softplus(-2 x))].
 *
 * XuanCe uses tanh's term for sigmoid too, and so does this: with sigmoid it is not the density of a. With
 * activation_action none nothing is squashed and the term is left out.
 */
export function gaussianSample(
  graph: GraphBuilder,
  { activation_action }: HeadOptions,
  outputs: Value,
  eps: Value,
): GaussianSample {
  const [mu, unlimited] = halves(graph, outputs);
  const logStd = graph.clip(unlimited, ...LOG_STD);
  const x = graph.add(mu, graph.multiply(graph.exp(logStd), eps));
  const normal = graph.subtract(graph.scale(graph.square(eps), -0.5), logStd);
  const density = graph.subtract(normal, graph.constant(0.5 * log(2 * Math.PI)));
  const actions = squash(graph, activation_action, x);
  if (activation_action === 'none') return { actions, logProbability: graph.rowSum(density) };
  const log2MinusX = graph.subtract(graph.constant(Math.LN2), x);
  const correction = graph.scale(graph.subtract(log2MinusX, graph.softplus(graph.scale(x, -2))), 2);
  return { actions, logProbability: graph.rowSum(graph.subtract(density, correction)) };
}

function squash(graph: GraphBuilder, activation: Activation, x: Value): Value {
  switch (activation) {
    case 'none':
      return x;
    case 'sigmoid':
      return graph.sigmoid(x);
    case 'tanh':
      return graph.tanh(x);
    default:
      throw new GraphError(`activation_action: expected none, sigmoid or tanh, got ${activation}`);
  }
}

/** Distance from their bounds at which actions count as saturated: there unsquashed() has no gradient. */
const NEAREST = 2 ** -20;

/** What squash() made actions of, from -14 to 14 (sigmoid) or -7 to 7 (tanh). */
export function unsquashed(graph: GraphBuilder, activation: Activation, actions: Value): Value {
  if (activation === 'none') return actions;
  const tanh = activation === 'tanh';
  const share = tanh ? graph.scale(graph.add(actions, graph.constant(1)), 0.5) : actions;
  const inside = graph.clip(share, NEAREST, 1 - NEAREST);
  const odds = graph.subtract(graph.log(inside), graph.log(graph.subtract(graph.constant(1), inside)));
  return tanh ? graph.scale(odds, 0.5) : odds;
}

/** The two halves of every row's columns: mu and (unlimited) log sigma of a gaussian head. */
export function halves(graph: GraphBuilder, outputs: Value): [Value, Value] {
  const { shape } = outputs;
  if (shape.kind !== 'array') throw new GraphError('actor: expected an array of outputs');
  const { rows, width } = shape;
  const wide = graph.joint(Array.from({ length: rows }, (_, row) => ({ x: outputs, row })));
  const half = (first: number): Value =>
    graph.rows(
      wide,
      Array.from({ length: rows }, (_, row) => row * width + first),
      width / 2,
    );
  return [half(0), half(width / 2)];
}
