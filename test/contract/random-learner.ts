/** Random learners and samples for the engine contract, over sizes, activations and sharing that could break a kernel. */
import fc from 'fast-check';
import { drawPlayers, markPlayers } from '../../src/ensemble/ensemble.ts';
import { jointSpec, type JointSpec } from '../../src/core/joint-spec.ts';
import { FastStream } from '../../src/core/random.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Activation } from '../../src/engine/network-spec.ts';
import { Learner } from '../../src/learners/learner.ts';
import { drawNoise } from '../../src/learners/noise.ts';
import { ALGORITHMS } from '../../src/learners/registry.ts';
import type { AlgorithmName } from '../../src/config/keys/task.ts';
import { Adam } from '../../src/optim/adam.ts';
import { Scheduler } from '../../src/optim/schedulers.ts';
import { parameterGroups } from '../../src/policy/groups.ts';
import type { RecurrentOptions } from '../../src/policy/network-specs.ts';
import { Policy } from '../../src/policy/policy.ts';
import { createBatch, type Batch, type Before, type EpisodeBatch } from '../../src/replay/batch.ts';

export interface RandomLearner {
  readonly agent: AlgorithmName;
  readonly agents: number;
  readonly batchSize: number;
  readonly obsWidth: number;
  /** Columns that critics alone see, as far as observations have them. */
  readonly hidden?: readonly number[];
  readonly actWidth: number;
  readonly actorHidden: readonly number[];
  readonly criticHidden: readonly number[];
  readonly activation: Activation;
  readonly outputActivation: Activation;
  readonly normalize?: 'none' | 'LayerNorm';
  readonly dropout?: number;
  readonly sharing: boolean;
  readonly ids: boolean;
  readonly order: 'actor_first' | 'critic_first';
  readonly clip: boolean;
  readonly prioritized: boolean;
  /** Discrete actions, if the algorithm supports them. */
  readonly discrete: boolean;
  readonly gumbel: 'soft' | 'straight_through';
  /** Infer the policies of others, if the algorithm and the groups support it. */
  readonly infer?: boolean;
  /** Sub-policies per group, if the algorithm supports ensembles. */
  readonly ensembleSize?: number;
  /** Recurrent layers; then it learns from episodes of `steps` steps. */
  readonly recurrent?: RecurrentOptions;
  readonly steps?: number;
  /** Sequences behind so many burn-in steps, in place of episodes, and whether stored states are in front of them (default). */
  readonly burnIn?: number | undefined;
  readonly stored?: boolean;
  readonly seed: number;
}

/** A small learner, for tests to override a few settings of. */
export const SMALL_LEARNER: RandomLearner = {
  agent: 'MADDPG',
  agents: 3,
  batchSize: 5,
  obsWidth: 4,
  actWidth: 2,
  actorHidden: [8],
  criticHidden: [8],
  activation: 'leaky_relu',
  outputActivation: 'sigmoid',
  sharing: true,
  ids: true,
  order: 'critic_first',
  clip: false,
  prioritized: false,
  discrete: false,
  gumbel: 'soft',
  seed: 3,
};

const width = fc.constantFrom(1, 3, 4, 5, 8, 11, 17);
const hidden = fc.array(fc.constantFrom(1, 3, 4, 5, 8, 17, 33, 128), { minLength: 0, maxLength: 3 });
const activation = fc.constantFrom<Activation>('none', 'relu', 'leaky_relu', 'sigmoid', 'tanh', 'elu');

const anyLearners: fc.Arbitrary<RandomLearner> = fc.record({
  agent: fc.constantFrom(...(Object.keys(ALGORITHMS) as AlgorithmName[])),
  agents: fc.integer({ min: 1, max: 8 }),
  batchSize: fc.constantFrom(0, 1, 3, 4, 5, 8, 17, 67),
  obsWidth: width,
  hidden: fc.constantFrom([], [], [0], [1, 2, 4]),
  actWidth: width,
  actorHidden: hidden,
  criticHidden: hidden,
  activation,
  outputActivation: activation,
  normalize: fc.constantFrom('none' as const, 'LayerNorm' as const),
  dropout: fc.constantFrom(0, 0.3),
  sharing: fc.boolean(),
  ids: fc.boolean(),
  order: fc.constantFrom('actor_first' as const, 'critic_first' as const),
  clip: fc.boolean(),
  prioritized: fc.boolean(),
  discrete: fc.boolean(),
  gumbel: fc.constantFrom('soft' as const, 'straight_through' as const),
  infer: fc.boolean(),
  ensembleSize: fc.constantFrom(1, 1, 2, 3),
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
});

/** Limits the batch size of wide networks and many agents, with which the reference engine takes seconds per update. */
export const randomLearners = anyLearners.map((random) => {
  const products = (hidden: readonly number[]): number =>
    hidden.reduce((sum, units, l) => sum + units * (hidden[l - 1] ?? 64), 0);
  const ofSample = random.agents * (products(random.actorHidden) + products(random.criticHidden));
  return { ...random, batchSize: Math.min(random.batchSize, Math.max(5, Math.floor(1e6 / ofSample))) };
});

/** Learners that infer policies, which few random ones do. */
export const inferringLearners: fc.Arbitrary<RandomLearner> = fc
  .tuple(
    randomLearners,
    fc.constantFrom('MADDPG' as const, 'MATD3' as const),
    fc.constantFrom<Activation>('none', 'sigmoid', 'tanh'),
  )
  .map(([random, agent, outputActivation]) => ({
    ...{ ...random, agent, outputActivation },
    ...{ agents: 2 + (random.agents % 2), sharing: false, infer: true },
  }));

/** Recurrent learners, with all that they can be combined with. */
export const recurrentLearners: fc.Arbitrary<RandomLearner> = fc
  .record({
    random: randomLearners,
    batchSize: fc.constantFrom(0, 1, 3, 8, 11),
    steps: fc.integer({ min: 1, max: 5 }),
    burnIn: fc.constantFrom(undefined, 0, 1, 3),
    stored: fc.boolean(),
    cell: fc.constantFrom('GRU' as const, 'LSTM' as const),
    fc: fc.array(width, { minLength: 0, maxLength: 2 }),
    layers: fc.integer({ min: 1, max: 3 }),
    width: fc.constantFrom(1, 2, 3, 4, 5, 8, 17, 33),
    critics: fc.constantFrom('recurrent' as const, 'recurrent' as const, 'feed_forward' as const),
  })
  .map(({ random, batchSize, steps, burnIn, stored, ...recurrent }) => ({
    ...{ ...random, batchSize, steps, burnIn, stored, recurrent },
    ...{ agents: 1 + (random.agents % 3), ensembleSize: 1, prioritized: false },
    ...{ actorHidden: random.actorHidden.slice(0, 1), criticHidden: random.criticHidden.slice(0, 2) },
  }));

/** Agents have unequal widths unless they share parameters: agent i's observation is i % 3 wider. */
function specOf({
  agent,
  agents,
  obsWidth,
  hidden = [],
  actWidth,
  sharing,
  discrete,
}: RandomLearner): JointSpec {
  return jointSpec(
    Array.from({ length: agents }, (_, i) => ({
      name: `agent_${i}`,
      team: 'agent',
      obsWidth: obsWidth + (sharing ? 0 : i % 3),
      hidden: hidden.filter((column) => column < obsWidth),
      actWidth: actWidth + (sharing ? 0 : (i + 1) % 2),
      actionKind: discrete && !agent.endsWith('SAC') ? 'discrete' : 'box',
      actionLow: 0,
      actionHigh: 1,
    })),
  );
}

/**
 * Limited to few agents, because every pair has an approximation. Gaussian policies need a squashing output
 * activation.
 */
function infers({ infer = false, agents, discrete, outputActivation }: RandomLearner): boolean {
  return infer && agents <= 3 && (discrete || ['none', 'sigmoid', 'tanh'].includes(outputActivation));
}

/** Neither soft actors nor inferred policies support ensembles. */
function ensembleSizeOf(random: RandomLearner): number {
  return random.agent.endsWith('SAC') || infers(random) ? 1 : (random.ensembleSize ?? 1);
}

/** The learner on an engine, with initial weights that do not depend on the engine. */
export function learnerOn(engine: Engine, random: RandomLearner): Learner {
  const algorithm = ALGORITHMS[random.agent];
  const spec = specOf(random);
  const soft = random.agent.endsWith('SAC');
  const groups = parameterGroups(spec, random.sharing, random.ids ? 'one_hot' : 'none');
  const policy = new Policy(engine, algorithm.design, spec, groups, {
    actor_hidden_size: random.actorHidden,
    critic_hidden_size: random.criticHidden,
    activation: random.activation,
    negative_slope: 0.01,
    normalize: random.normalize ?? 'none',
    activation_action:
      soft && !['sigmoid', 'tanh'].includes(random.outputActivation) ? 'none' : random.outputActivation,
    gumbel: random.gumbel,
    gumbel_temperature: 0.7,
    infer_policies: infers(random),
    ensemble_size: ensembleSizeOf(random),
    ...(random.recurrent && { recurrent: random.recurrent }),
  });
  policy.initialize(new FastStream(random.seed, 'weights'));
  const optimizers = [...policy.subNetworks('actor'), 'critic', 'alpha', 'inferred'];
  const keys = groups.flatMap(({ name }) => optimizers.map((optimizer) => `${optimizer}/${name}`));
  return new Learner(algorithm, {
    config: {
      gamma: 0.95,
      update_order: random.order,
      dropout: random.dropout ?? 0,
      use_grad_clip: random.clip,
      grad_clip_norm: 0.1,
      tau: 0.1,
      target_noise: random.clip && !random.discrete ? 0.2 : 0,
      logit_regularization: 0.01,
      target_noise_clip: 0.3,
      infer_entropy: 0.05,
      replay: random.prioritized && policy.ensemble === undefined ? 'prioritized' : 'uniform',
      sequence_start: random.stored === false ? 'zeros' : 'stored',
    },
    policy,
    optimizer: new Map(keys.map((key) => [key, new Adam()])),
    scheduler: new Map(keys.map((key) => [key, new Scheduler(0.01)])),
  });
}

/** The noise inputs of update k. */
export function noiseFor(learner: Learner, random: RandomLearner, k: number): Record<string, Float32Array> {
  const stream = new FastStream(random.seed, `noise ${k}`);
  return Object.fromEntries(
    learner.noise(random.batchSize, false, random.steps, random.burnIn).map(({ name, draw, values }) => {
      const noise = new Float32Array(values.length);
      drawNoise(draw, stream, noise);
      return [name, noise];
    }),
  );
}

/** The samples of update k: for an ensemble one per group, with marks of the sub-policies that acted. */
export function samplesFor(learner: Learner, random: RandomLearner, k: number): Batch[] {
  const { ensemble, spec } = learner.policy;
  if (!ensemble) return [sampleFor(learner, random, k)];
  return learner.batches(random.batchSize).map((_, s) => {
    const marks = new Float32Array(random.batchSize * ensemble.size * spec.actTotal);
    const players = playersFor(learner, random, k)!;
    for (let b = 0; b < random.batchSize; b++) markPlayers(ensemble, players, b * ensemble.groups, marks, b);
    return { ...sampleFor(learner, random, 100 * s + k), marks };
  });
}

/** The episodes of update k: as sampleFor(), of any length. */
export function episodesFor(learner: Learner, random: RandomLearner, k: number): EpisodeBatch {
  const stream = new FastStream(random.seed, `episodes ${k}`);
  const { batchSize: size, steps = 1 } = random;
  const { obsTotal, actTotal, agents } = learner.policy.spec;
  const array = (perStep: number, slots = steps): Float32Array => new Float32Array(size * slots * perStep);
  const batch = {
    ...{ size, steps, obs: array(obsTotal, steps + 1), actions: array(actTotal) },
    ...{ rewards: array(agents.length), terminals: array(agents.length), agentMask: array(agents.length) },
    discounts: array(1),
  };
  for (const values of [batch.obs, batch.rewards]) stream.fillNormal(values, 1);
  for (const values of [batch.actions, batch.discounts])
    values.forEach((_, j) => (values[j] = stream.double()));
  batch.terminals.forEach((_, j) => (batch.terminals[j] = stream.double() < 0.2 ? 1 : 0));
  for (let b = 0; b < size; b++) {
    const length = 1 + Math.floor(stream.double() * steps);
    const first = b * steps * agents.length;
    for (let j = 0; j < length * agents.length; j++)
      batch.agentMask[first + j] = stream.double() < 0.9 ? 1 : 0;
  }
  return random.burnIn === undefined ? batch : { ...batch, before: beforeFor(learner, random, k) };
}

/** What comes before the sequences of update k; some begin their episode. */
function beforeFor(
  learner: Learner,
  { batchSize: size, burnIn = 0, stored = true, seed }: RandomLearner,
  k: number,
): Before {
  const stream = new FastStream(seed, `before ${k}`);
  const { spec } = learner.policy;
  const array = (width: number, draw: () => number): Float32Array =>
    Float32Array.from({ length: size * width }, draw);
  const states = (stored ? learner.policy.states(size).all : []).map(
    ({ name, rows, width }) => [name, array(rows * width, () => stream.normal() / 2)] as const,
  );
  return {
    states: Object.fromEntries(states),
    ...(burnIn > 0 && {
      burnIn: {
        steps: burnIn,
        obs: array(burnIn * spec.obsTotal, () => stream.normal()),
        actions: array(burnIn * spec.actTotal, () => stream.double()),
        present: array(1, () => (stream.double() < 0.7 ? 1 : 0)),
      },
    }),
  };
}

/** The sub-policies that act in each row of an ensemble's sample, [B, G]. */
export function playersFor(learner: Learner, random: RandomLearner, k: number): Uint8Array | undefined {
  const { ensemble } = learner.policy;
  if (!ensemble) return undefined;
  const players = new Uint8Array(random.batchSize * ensemble.groups);
  const stream = new FastStream(random.seed, `players ${k}`);
  for (let b = 0; b < random.batchSize; b++) drawPlayers(ensemble, stream, b, players);
  return players;
}

/** A sample with every field that does not belong to ensembles. */
export type AgentSample = Required<Omit<Batch, 'marks' | 'playedBy' | 'actionMask' | 'actionMaskNext'>>;

/**
 * Sample k: normal observations and rewards; actions, discounts and weights in [0, 1); some terminals and inactive
 * agents.
 */
export function sampleFor(learner: Learner, random: RandomLearner, k: number): AgentSample {
  const stream = new FastStream(random.seed, `sample ${k}`);
  const batch = {
    ...createBatch(learner.policy.spec, random.batchSize),
    discounts: new Float32Array(random.batchSize),
    weights: new Float32Array(random.batchSize),
  };
  for (const array of [batch.obs, batch.obsNext, batch.rewards]) stream.fillNormal(array, 1);
  batch.actions.forEach((_, j) => (batch.actions[j] = stream.double()));
  batch.terminals.forEach((_, j) => (batch.terminals[j] = stream.double() < 0.2 ? 1 : 0));
  batch.agentMask.forEach((_, j) => (batch.agentMask[j] = stream.double() < 0.9 ? 1 : 0));
  for (const array of [batch.discounts, batch.weights]) array.forEach((_, j) => (array[j] = stream.double()));
  return batch;
}
