/**
 * Policy inference (Lowe et al. 2017, section 4.2; key `infer_policies`): a group learns an approximate policy p of every
 * other group h by maximum likelihood on replayed actions. Its TD target takes the others' next actions from the target
 * copies of these approximations instead of from their target actors.
 *
 *   minimise the mean over h of sum((-log p(a_h | o_h) - infer_entropy H(p(. | o_h))) m) / sum(m)
 *
 *   Box       p = N(mean, sigma^2) per component, mean = activation_action(mu), log sigma = 3 tanh(s) - 1, in [-4, 2]
 *             with a nonzero gradient everywhere
 *   Discrete  p = softmax(z) over the allowed actions; a_h is the action taken, the argmax of the replayed vector
 *
 * As in the paper, one step precedes each critic update, but on the update's own sample, not the newest actions.
 * Critics still see actions (the paper feeds them log probabilities of the approximations).
 */
import { log } from '../core/math.ts';
import type { GraphBuilder } from '../engine/builder.ts';
import type { Value } from '../engine/graph.ts';
import { allowedScores, greedyActions, halves, headOf } from '../policy/actor-head.ts';
import { outputsOf } from '../policy/design.ts';
import type { ParameterGroup } from '../policy/groups.ts';
import { inferredName } from '../policy/network-specs.ts';
import { actorOutput, allowedOf, jointActions } from '../policy/acting-graph.ts';
import { activeRows, nextActionsFrom, takenActions } from './losses.ts';
import type { Update } from './update.ts';

/**
 * One optimizer step of the group's approximations, if it has any. Reports means over the other groups: `loss_inferred`,
 * the loss, and `kl_inferred`, the KL divergence KL(pi || p) of the others' current actors from the approximations before
 * the step: sum_a pi(a) log(pi(a) / p(a)) for Discrete actions, sum (pi(o) - mean)^2 / (2 sigma^2) for Box (normals
 * around both means with the approximation's sigma).
 */
export function inferPolicies(update: Update, group: ParameterGroup, clip: boolean): void {
  const others = update.policy.inferredBy(group);
  if (others.length === 0) return;
  const fits = others.map((other) => fit(update, group, other));
  const loss = average(
    update.graph,
    fits.map((one) => one.loss),
  );
  const divergence = average(
    update.graph,
    fits.map((one) => one.divergence),
  );
  update.report(group, 'loss_inferred', loss);
  update.report(group, 'kl_inferred', divergence);
  update.minimize(group, 'inferred', others.map(inferredName), loss, clip);
}

/**
 * Joint next action as the group predicts it, [B, 1, SA]: from its own target actor and its target approximations of the
 * others, or their target actors if it infers none. `finish` postprocesses inferred actions.
 */
export function nextJointAsExpected(
  update: Update,
  group: ParameterGroup,
  finish: (other: ParameterGroup, actions: Value) => Value = (_, actions) => actions,
): Value {
  const { graph, policy, sample } = update;
  if (policy.inferredBy(group).length === 0) return update.nextJoint();
  return jointActions(graph, policy, (other) => {
    if (other === group) return update.next(group).actions;
    const outputs = approximation(
      update,
      `target_${inferredName(other)}/${group.name}`,
      other,
      sample.obsNext,
    );
    const head = headOf(policy, other) === 'gumbel' ? 'gumbel' : 'gaussian';
    return finish(other, nextActionsFrom(update, other, head, outputs));
  });
}

/** Outputs of an approximation for the agents of the imitated group, [B, n, .]. */
function approximation({ graph, policy }: Update, name: string, other: ParameterGroup, obs: Value): Value {
  return outputsOf({ graph, policy }, name, policy.designOf(other).actorInput, other, { obs });
}

/** How well an approximation fits, per row, [B, n, 1]. */
interface Likeness {
  readonly logLikelihood: Value;
  readonly entropy: Value;
  /** KL divergence of the actual current policy from the approximation. */
  readonly divergence: Value;
}

/** Loss and divergence of the group's approximation of `other` (scalars). */
function fit(
  update: Update,
  group: ParameterGroup,
  other: ParameterGroup,
): { loss: Value; divergence: Value } {
  const { graph, policy, sample, config } = update;
  const mask = allowedOf(graph, policy, other, sample.actionMask);
  const allowed = (scores: Value): Value => (mask ? allowedScores(graph, scores, mask) : scores);
  const outputs = allowed(approximation(update, `${inferredName(other)}/${group.name}`, other, sample.obs));
  const taken = takenActions(update, other);
  const actor = allowed(actorOutput(graph, policy, other, 'actor', sample.obs));
  const head = headOf(policy, other);
  const { logLikelihood, entropy, divergence } =
    head === 'gumbel'
      ? ofChoice(graph, outputs, taken, actor)
      : ofVector(graph, outputs, greedyActions(graph, 'gaussian', policy.options, outputs), {
          taken,
          actual: greedyActions(graph, head, policy.options, actor),
        });
  const gain = graph.add(logLikelihood, graph.scale(entropy, config.infer_entropy));
  return {
    loss: graph.scale(activeMean(update, other, gain), -1),
    divergence: activeMean(update, other, divergence),
  };
}

/** Mean of x [B, n, 1] over the group's active agents. */
function activeMean({ graph, sample }: Update, other: ParameterGroup, x: Value): Value {
  const mask = graph.rows(sample.agentMask, other.agents, 1);
  return graph.divide(graph.sum(graph.multiply(x, mask)), activeRows(graph, mask));
}

/** Box actions: a normal distribution around `mean`. `actual`: greedy actions of the actual actors. */
function ofVector(
  graph: GraphBuilder,
  outputs: Value,
  mean: Value,
  { taken, actual }: { taken: Value; actual: Value },
): Likeness {
  const [, s] = halves(graph, outputs);
  const logStd = graph.subtract(graph.scale(graph.tanh(s), 3), graph.constant(1));
  const precision = graph.exp(graph.scale(logStd, -2));
  const distance = (x: Value): Value =>
    graph.scale(graph.multiply(graph.square(graph.subtract(x, mean)), precision), 0.5);
  const halfLog2Pi = graph.constant(0.5 * log(2 * Math.PI));
  const volume = graph.add(logStd, halfLog2Pi);
  return {
    logLikelihood: graph.scale(graph.rowSum(graph.add(distance(taken), volume)), -1),
    entropy: graph.rowSum(graph.add(volume, graph.constant(0.5))),
    divergence: graph.rowSum(distance(actual)),
  };
}

/** Discrete actions: softmax of the logits `scores`. `actor`: logits of the actual actors. */
function ofChoice(graph: GraphBuilder, scores: Value, taken: Value, actor: Value): Likeness {
  const logP = logSoftmax(graph, scores);
  const logPi = logSoftmax(graph, actor);
  const expectation = (probability: Value, x: Value): Value => graph.rowSum(graph.multiply(probability, x));
  return {
    logLikelihood: expectation(graph.oneHot(taken), logP),
    entropy: graph.scale(expectation(graph.exp(logP), logP), -1),
    divergence: expectation(graph.exp(logPi), graph.subtract(logPi, logP)),
  };
}

/** Row-wise z - max - log(sum exp(z - max)): finite even if softmax underflows to 0. */
function logSoftmax(graph: GraphBuilder, z: Value): Value {
  const { shape } = z;
  const width = shape.kind === 'array' ? shape.width : 1;
  // atMost has zero gradient, which blocks the straight-through gradient of oneHot.
  const largest = graph.atMost(graph.constant(0.5), graph.oneHot(z));
  const shifted = graph.subtract(z, graph.repeat(graph.rowSum(graph.multiply(largest, z)), width));
  const logSum = graph.log(graph.rowSum(graph.exp(shifted)));
  return graph.subtract(shifted, graph.repeat(logSum, width));
}

function average(graph: GraphBuilder, xs: readonly Value[]): Value {
  return graph.scale(
    xs.reduce((sum, x) => graph.add(sum, x)),
    1 / xs.length,
  );
}
